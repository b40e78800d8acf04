import { createTheme } from '@mantine/core';

// Mantine for what is hard (dialog, tooltip, fields); the page's own look is in style/tokens.css.
export const theme = createTheme({
  fontFamily: "system-ui, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif",
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '18px' },
  primaryColor: 'ink',
  colors: {
    ink: ['#eef3fa', '#d5e2f3', '#a9c5ea', '#8ab8f5', '#5d8fd0', '#3d73b9', '#2a5fa5', '#1d4f91', '#174179', '#103160'],
  },
  primaryShade: { light: 7, dark: 5 },
  defaultRadius: 'sm',
});
