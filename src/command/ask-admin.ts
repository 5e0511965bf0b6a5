import type { Ask } from '../explain/asked.ts';

/** A busy Sluice answers late. */
const timeoutMs = 10_000;

/** A line for the user. */
export class AdminFault extends Error {}

/** Asks the admin server of a running Sluice. Rejects with an {@link AdminFault}. */
export function askAdmin(admin: URL, signal: AbortSignal): Ask {
  return async (page, query) => {
    const url = new URL(`/debug/in-force/${page}`, admin);
    for (const [name, value] of query) url.searchParams.append(name, value);
    let status: number;
    let body: string;
    try {
      const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
      status = answer.status;
      body = await answer.text();
    } catch (error) {
      throw new AdminFault(
        `${admin.origin} does not answer (${reasonOf(error)}): is Sluice running there? See --admin and --files`,
      );
    }
    const items = status === 200 ? listIn(body) : undefined;
    if (items === undefined)
      throw new AdminFault(`${admin.origin} answers, but not as this Sluice does (HTTP ${status})`);
    return items;
  };
}

function listIn(body: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The cause has the system's error code; the error only says that fetching failed. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string')
    return cause.code;
  return cause instanceof Error ? cause.message : 'unknown';
}
