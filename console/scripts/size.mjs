// The promise about size: all JavaScript together at most 600 KB gzipped.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const folder = new URL('../dist/assets/', import.meta.url);
const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
const total = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(new URL(name, folder))).length, 0);
process.stdout.write(`JavaScript: ${(total / 1024).toFixed(0)} KB gzipped (limit 600)\n`);
if (total > 600 * 1024) process.exit(1);
