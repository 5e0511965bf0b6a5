import type { WasmModuleRow } from '../kinds/own/wasm-module.ts';
import type { FetchResult, KnownModule } from './module-fetch.ts';

/** Right of one identity to one module, as last found. */
export interface Verdict {
  readonly state: WasmModuleRow['state'];
  readonly module: KnownModule | undefined;
  readonly sinceMs: number;
  readonly message: string | undefined;
}

/**
 * Returns the verdict after an attempt. Only a refusal ends a permission: without an answer, or with a new module that
 * cannot run, the module from before stays.
 */
export function judge(before: Verdict, result: FetchResult, nowMs: number): Verdict {
  switch (result.kind) {
    case 'allowed':
      return {
        state: 'allowed',
        module: result.module,
        sinceMs: before.state === 'allowed' ? before.sinceMs : nowMs,
        message: undefined,
      };
    case 'unreachable':
      return before.state === 'allowed'
        ? { ...before, message: result.message }
        : stateOf(before, result, nowMs);
    case 'denied':
      return before.state === 'allowed' && isOfContent(result.reason)
        ? { ...before, message: result.message }
        : stateOf(before, result, nowMs);
  }
}

export function unchecked(nowMs: number): Verdict {
  return { state: 'unknown', module: undefined, sinceMs: nowMs, message: undefined };
}

function stateOf(
  before: Verdict,
  { kind, message }: Extract<FetchResult, { kind: 'denied' | 'unreachable' }>,
  nowMs: number,
): Verdict {
  return {
    state: kind,
    module: undefined,
    sinceMs: before.state === kind ? before.sinceMs : nowMs,
    message,
  };
}

/** Returns true when the identity may read the module, but it cannot be used. */
function isOfContent(reason: Extract<FetchResult, { kind: 'denied' }>['reason']): boolean {
  return reason === 'digest' || reason === 'content' || reason === 'size' || reason === 'memory';
}
