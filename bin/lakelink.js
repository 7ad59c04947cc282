#!/usr/bin/env node
// The sources are TypeScript and run as they are; tsx strips the types at load, so nothing is built at install.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('../src/cli/main.ts');
process.exitCode = await main(process.argv.slice(2));
