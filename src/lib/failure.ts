/** Returns a failure in one line: the system's error code when it has one, else the first line of the message. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && typeof error.code === 'string') return error.code;
  const [line = ''] = error.message.split('\n');
  return line;
}

/** Returns the whole stack, for the log of a bug. */
export function stackText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
