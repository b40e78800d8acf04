// Before the first paint: the colour scheme chosen last time, so that a dark room stays dark.
(function () {
  var wanted = null;
  try { wanted = localStorage.getItem('mantine-color-scheme-value'); } catch (e) { wanted = null; }
  var dark = wanted === 'dark' || ((wanted === null || wanted === 'auto') && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
