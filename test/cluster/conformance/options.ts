import type { Crds } from '../../rig/kube/gateway-crds.ts';

export interface SuiteOptions {
  readonly crds: Crds;
  /** File for a copy of the report. */
  readonly report: string | undefined;
  /** True when tests are left out on purpose. */
  readonly isPart: boolean;
  /** Flags of the suite itself. */
  readonly flags: readonly string[];
}

/** `--report FILE`, `--gateway-api 1.6.3` and `--channel standard`; everything else goes to the suite. */
export function suiteOptions(args: readonly string[]): SuiteOptions {
  const own: Partial<Record<OwnOption, string>> = {};
  const flags: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    const [name, value] = arg.split('=', 2);
    const option = ownOptions.find((one) => name === `--${one}`);
    if (option === undefined) flags.push(arg);
    else own[option] = value ?? args[++i] ?? '';
  }
  const { channel = 'experimental', report } = own;
  if (channel !== 'standard' && channel !== 'experimental')
    throw new Error(`--channel ${channel}: standard or experimental`);
  return {
    crds: { channel, version: own['gateway-api'] },
    report,
    isPart: flags.some((flag) => /^--?(run-test|skip-tests|test\.run)\b/.test(flag)),
    flags,
  };
}

const ownOptions = ['report', 'gateway-api', 'channel'] as const;
type OwnOption = (typeof ownOptions)[number];
