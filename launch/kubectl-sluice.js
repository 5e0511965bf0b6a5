#!/usr/bin/env node
import { launch } from './launch.js';

// kubectl runs a program of this name on PATH for `kubectl sluice`. It asks the cluster, not this machine.
process.env['SLUICE_KUBECTL_PLUGIN'] = 'true';
await launch('src/main.ts', process.argv.slice(2));
