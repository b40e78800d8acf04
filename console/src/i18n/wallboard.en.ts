import type { Words } from './ru';

export const wallboard: Words['wallboard'] = {
  title: 'Wallboard', denied: 'Supervisors and administrators see the wallboard.', more: 'and {{n}} more',
  level: 'Answered in time', now: 'Now: 15 minutes', hour: 'This hour, since {{at}}', today: 'Today, since {{at}}',
  level_help: 'Share of calls that a person at 102 answered within this time of the network’s offer. Who hung up within {{s}} s does not count; who waits still counts as soon as we are late.',
  bar_help: 'Within {{s}} s {{answered}} of {{of}} were answered; target {{target}}', target: 'target {{target}}',
  loading: 'Reading the figures…', failed: 'The figures cannot be read. Trying again by itself; calls are not affected.',
  stale: 'The figures have not changed since {{at}}', not_whole: 'Calls of before the service started are not read yet',
  gap: 'Not observed from {{from}} to {{to}}: the figures are not whole',
  offered: 'Offered', answered: 'Answered', abandoned: 'Gave up', short: 'short', short_help: 'Short: hung up within {{s}} s',
  deflected: 'Went to the help line', mean: 'Mean wait (target {{s}})', longest: 'Longest wait',
  operators: 'Operators', operators_empty: 'No seats seen yet. They appear as soon as the PBX answers.',
  health: 'What works', load_none: 'Recognition keeps up', load: 'Recognition gives way: level {{level}} of 4, since {{since}}',
  load_unknown: 'Nothing is known of recognition yet', off: 'Switch off',
};
