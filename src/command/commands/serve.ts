import { command } from '../command.ts';
import { requiredFlag } from '../inputs.ts';

export const serve = command({
  name: 'serve',
  summary: 'run the control plane',
  details: `Follows the objects that the config file's provider gives and serves them to Envoys by delta ADS.
The config file is followed too: live options take effect when it changes.
SIGINT or SIGTERM ends it; the Envoys keep serving with their last config.`,
  inputs: { config: requiredFlag('FILE', 'the config file (YAML)', { completes: 'path' }) },
  // Each command imports its program on demand: help and completion answer at once, and without generated code.
  run: async ({ config }, { terminal, signal }) =>
    (await import('../serve.ts')).serve(config, terminal, signal),
});
