#!/usr/bin/env node
import { useCompileCache } from './compile-cache.ts';

useCompileCache();
const { runProgram } = await import('./cli/program.ts');
process.exitCode = await runProgram(process.argv.slice(2));
