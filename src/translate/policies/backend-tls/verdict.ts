import type { BackendTLSPolicyRow } from '../../../kinds/gateway-api/backend-tls-policy.ts';
import { describeUnreadable, unreadableParts } from '../../../kinds/unreadable.ts';
import { trustOf, type Trust } from '../../certificates/trust.ts';
import type { Reader } from '../../reader.ts';

export interface Verdict {
  /** Undefined: the policy is not valid, and its backends get no requests. */
  readonly trust: Trust | undefined;
  /** Reason why it is not valid. */
  readonly invalid: VerdictProblem<'Invalid' | 'NoValidCACertificate'> | undefined;
  /** Problem of its references; the policy is valid with one good reference among them. */
  readonly refs: VerdictProblem<'InvalidKind' | 'InvalidCACertificateRef'> | undefined;
}

interface VerdictProblem<Reason> {
  readonly reason: Reason;
  readonly message: string;
}

/** Judges what a policy says, wherever it is in force. */
export function verdictOn(
  reader: Reader,
  namespace: string,
  { metadata, spec }: BackendTLSPolicyRow,
): Verdict {
  // A target that cannot be read takes nothing from the others.
  const unreadable = unreadableParts({ metadata, spec: { ...spec, targetRefs: [] } }, '');
  const { validation } = spec;
  if (unreadable.length > 0 || validation === undefined)
    return { trust: undefined, invalid: invalid(describeUnreadable(unreadable)), refs: undefined };
  const from = { id: 'gateway.networking.k8s.io/BackendTLSPolicy', namespace } as const;
  const { trust, unknown, problems } = trustOf(reader, from, validation, 'spec.validation');
  if (unknown !== undefined) return { trust: undefined, invalid: invalid(unknown), refs: undefined };
  const message = problems.map((problem) => problem.message).join('; ');
  const [first] = problems;
  return {
    trust,
    invalid: trust === undefined ? { reason: 'NoValidCACertificate', message } : undefined,
    refs: first && { reason: first.cause === 'kind' ? 'InvalidKind' : 'InvalidCACertificateRef', message },
  };
}

function invalid(message: string): Verdict['invalid'] {
  return { reason: 'Invalid', message };
}
