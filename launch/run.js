import { launch } from './launch.js';

// Run by npm's scripts: `node launch/run.js FILE|TOOL ARGUMENT...`
const [program, ...args] = process.argv.slice(2);
await launch(program, args);
