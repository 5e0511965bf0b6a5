import { expect, test } from 'vitest';
import { DeltaDiscoveryRequest } from '../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { decodeDeltaRequest } from './codec.ts';

function decoded(message: DeltaDiscoveryRequest) {
  return decodeDeltaRequest(Buffer.from(DeltaDiscoveryRequest.encode(message).finish()));
}

test('every field that Sluice reads is read', () => {
  const initialVersions = new Map([['__proto__', 'v']]);
  expect(
    decoded({
      typeUrl: 't',
      node: { id: 'proxy', cluster: 'ns/gateway' },
      resourceNamesSubscribe: ['a', '*'],
      resourceNamesUnsubscribe: ['b'],
      initialResourceVersions: initialVersions,
      responseNonce: '7',
      errorDetail: { code: 3, message: 'no' },
    }),
  ).toEqual({
    typeUrl: 't',
    node: { id: 'proxy', cluster: 'ns/gateway' },
    subscribe: ['a', '*'],
    unsubscribe: ['b'],
    initialVersions,
    nonce: '7',
    error: 'no',
  });
});

test('an empty message asks for nothing and answers nothing', () => {
  expect(decoded({})).toEqual({
    typeUrl: '',
    node: undefined,
    subscribe: [],
    unsubscribe: [],
    initialVersions: new Map(),
    nonce: '',
    error: undefined,
  });
});

test('a message with error_detail is a NACK, though the client says nothing in it', () => {
  expect(decoded({ responseNonce: '1', errorDetail: {} }).error).toBe('');
  expect(decoded({ responseNonce: '1', errorDetail: { code: 13 } }).error).toBe('');
});
