import {
  observedStatus,
  statusManager,
  type StatusFault,
  type StatusWritten,
} from '../kinds/observed-status.ts';
import type { ApiServer } from './api-server.ts';
import { faultOf, type FaultReason } from './fault.ts';

/**
 * Writes the status of the object at `path` for a controller: a JSON merge patch of its status subresource. Never
 * rejects. After an abort it is unknown whether the API server has carried out the write.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply
 */
export async function writeStatus(
  api: ApiServer,
  path: string,
  patch: unknown,
  controllerName: string,
  signal: AbortSignal,
): Promise<StatusWritten> {
  try {
    const answer = await api.send(
      {
        method: 'PATCH',
        path: `${path}/status`,
        query: new URLSearchParams({ fieldManager: statusManager(controllerName) }),
        contentType: 'application/merge-patch+json',
        body: patch,
      },
      signal,
    );
    const observed = observedStatus(answer);
    if (observed !== undefined) return { kind: 'written', observed };
    return failed('unavailable', 'the answer of the API server is no object', 0);
  } catch (error) {
    const { reason, message, retryAfterMs } = faultOf(error);
    return failed(statusFaults[reason] ?? 'unavailable', message, retryAfterMs);
  }
}

const statusFaults: Partial<Record<FaultReason, StatusFault>> = {
  conflict: 'conflict',
  absent: 'absent',
  forbidden: 'forbidden',
  refused: 'refused',
};

function failed(reason: StatusFault, message: string, retryAfterMs: number): StatusWritten {
  return { kind: 'failed', reason, message, retryAfterMs };
}
