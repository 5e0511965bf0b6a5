import type { FaultDelay } from '../../../proto/gen/envoy/extensions/filters/common/fault/v3/fault.ts';
import {
  HTTPFault,
  type FaultAbort,
} from '../../../proto/gen/envoy/extensions/filters/http/fault/v3/fault.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { TrafficIR } from '../traffic-ir.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';
import { fractionOfPercent } from './fraction.ts';

type FaultIR = NonNullable<TrafficIR['fault']>;

export function faultConfig({ delay, abort }: FaultIR): Any {
  return any(HTTPFault, {
    ...(delay === undefined ? {} : { delay: delayOf(delay) }),
    ...(abort === undefined ? {} : { abort: abortOf(abort) }),
  });
}

function delayOf({ fixedDelay, percentage }: NonNullable<FaultIR['delay']>): FaultDelay {
  const faultDelaySecifier = { $case: 'fixedDelay', value: duration(fixedDelay) } as const;
  return { faultDelaySecifier, percentage: fractionOfPercent(percentage) };
}

function abortOf({ httpStatus, grpcStatus = 0, percentage }: NonNullable<FaultIR['abort']>): FaultAbort {
  const errorType =
    httpStatus === undefined
      ? ({ $case: 'grpcStatus', value: grpcStatus } as const)
      : ({ $case: 'httpStatus', value: httpStatus } as const);
  return { errorType, percentage: fractionOfPercent(percentage) };
}
