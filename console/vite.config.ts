import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [react()],
  build: { target: 'es2022', sourcemap: false, chunkSizeWarningLimit: 1200, assetsInlineLimit: 0 },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8102', ws: true }, '/enter': 'http://127.0.0.1:8102' } },
  test: { include: ['tests/**/*.test.ts'], environment: 'node', css: { include: [/tokens/] } },
});
