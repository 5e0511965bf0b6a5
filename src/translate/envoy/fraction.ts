import type { RuntimeFractionalPercent } from '../../../proto/gen/envoy/config/core/v3/base.ts';
import {
  FractionalPercent_DenominatorType,
  type FractionalPercent,
} from '../../../proto/gen/envoy/type/v3/percent.ts';

export function millionths(numerator: number): RuntimeFractionalPercent {
  return { defaultValue: millionthsOf(numerator) };
}

/** Takes 0 to 100, in steps of 0.0001, which is Envoy's finest. */
export function fractionOfPercent(percentage: number): FractionalPercent {
  return millionthsOf(Math.round(percentage * 10_000));
}

export function millionthsOf(numerator: number): FractionalPercent {
  return { numerator, denominator: FractionalPercent_DenominatorType.MILLION };
}
