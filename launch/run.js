import { launch } from './launch.js';

// What npm's scripts run: `node launch/run.js FILE|TOOL ARGUMENT...`
const [program, ...args] = process.argv.slice(2);
await launch(program, args);
