import type { RuntimeFractionalPercent } from '../../../proto/gen/envoy/config/core/v3/base.ts';
import { FractionalPercent_DenominatorType } from '../../../proto/gen/envoy/type/v3/percent.ts';

/** `numerator`: out of a million. */
export function millionths(numerator: number): RuntimeFractionalPercent {
  return { defaultValue: { numerator, denominator: FractionalPercent_DenominatorType.MILLION } };
}
