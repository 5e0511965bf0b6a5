import { expect, test } from 'vitest';
import { attempts } from './retry.ts';

test.each([
  // request, backendRequest, timeout without retries, timeout with retries, per-try timeout with retries; undefined: Envoy's
  // default
  [undefined, undefined, undefined, undefined, undefined],
  [10, undefined, 10, 10, undefined],
  [0, undefined, 0, 0, undefined],
  [undefined, 5, 5, 0, 5],
  [10, 5, 5, 10, 5],
  [0, 5, 5, 0, 5],
  [10, 0, 10, 10, undefined],
  [undefined, 0, 0, 0, undefined],
])('timeouts request %s and backendRequest %s become %s, or with retries %s and %s for each', (...row) => {
  const [requestMs, backendRequestMs, once, retried, each] = row;
  const retry = { attempts: 3, codes: [], backoffMs: undefined };
  const timeouts = { requestMs, backendRequestMs };
  expect(attempts(timeouts, undefined).timeout).toEqual(milliseconds(once));
  expect(attempts(timeouts, undefined).retryPolicy).toBeUndefined();
  expect(attempts(timeouts, retry).timeout).toEqual(milliseconds(retried));
  expect(attempts(timeouts, retry).retryPolicy?.perTryTimeout).toEqual(milliseconds(each));
});

test.each([
  [undefined, undefined, undefined],
  [299_999, undefined, undefined],
  [300_000, undefined, 3600],
  [600_000, undefined, 3600],
  [7_200_000, undefined, 7200],
  [0, undefined, 0],
  [undefined, 600_000, 3600],
  [undefined, 0, 0],
])('with timeouts request %s and backendRequest %s a silent stream ends after %s s', (...row) => {
  const [requestMs, backendRequestMs, idle] = row;
  const expected = idle === undefined ? undefined : { seconds: idle, nanos: 0 };
  expect(attempts({ requestMs, backendRequestMs }, undefined).idleTimeout).toEqual(expected);
});

test('failures before the backend has the request are retried, and status codes and timeouts when given', () => {
  const none = { requestMs: undefined, backendRequestMs: undefined };
  const plain = attempts(none, { attempts: 1, codes: [], backoffMs: undefined }).retryPolicy;
  expect(plain).toMatchObject({
    retryOn: 'connect-failure,refused-stream,reset-before-request',
    numRetries: 1,
  });
  expect(plain?.retriableStatusCodes).toBeUndefined();
  const codes = attempts(none, { attempts: 4, codes: [503, 500, 503], backoffMs: 250 }).retryPolicy;
  expect(codes).toMatchObject({
    retryOn: 'connect-failure,refused-stream,reset-before-request,retriable-status-codes',
    numRetries: 4,
    retriableStatusCodes: [500, 503],
    retryBackOff: {
      baseInterval: { seconds: 0, nanos: 250_000_000 },
      maxInterval: { seconds: 2, nanos: 500_000_000 },
    },
  });
  const timed = { requestMs: undefined, backendRequestMs: 10 };
  const each = attempts(timed, { attempts: 1, codes: [], backoffMs: undefined }).retryPolicy;
  expect(each?.retryOn).toBe('connect-failure,refused-stream,reset-before-request,reset');
});

function milliseconds(value: number | undefined) {
  return value === undefined ? undefined : { seconds: 0, nanos: value * 1_000_000 };
}
