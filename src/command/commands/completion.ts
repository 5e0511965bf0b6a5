import { command } from '../command.ts';
import { choice } from '../inputs.ts';

export const completion = command({
  name: 'completion',
  summary: "print a script that completes this program's command lines in a shell",
  details: `Completes commands, flags and their values. To load it where the shell starts:
  bash: source <(sluice completion bash)
  zsh:  source <(sluice completion zsh)
  fish: sluice completion fish | source`,
  inputs: { shell: choice(['bash', 'zsh', 'fish'], 'the shell') },
  run: async ({ shell }, { terminal }) => {
    const { completionScript } = await import('../completion.ts');
    terminal.out(completionScript(shell));
    return 0;
  },
});
