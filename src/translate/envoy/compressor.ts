import { Brotli } from '../../../proto/gen/envoy/extensions/compression/brotli/compressor/v3/brotli.ts';
import { Gzip } from '../../../proto/gen/envoy/extensions/compression/gzip/compressor/v3/gzip.ts';
import { Zstd } from '../../../proto/gen/envoy/extensions/compression/zstd/compressor/v3/zstd.ts';
import { Compressor } from '../../../proto/gen/envoy/extensions/filters/http/compressor/v3/compressor.ts';
import { FilterChainConfigPerRoute } from '../../../proto/gen/envoy/extensions/filters/http/filter_chain/v3/filter_chain.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { CompressorIR } from '../traffic-ir.ts';
import { any } from './any.ts';

const libraries = { gzip: any(Gzip, {}), brotli: any(Brotli, {}), zstd: any(Zstd, {}) } as const;

/** Gives the place of the compressors its filters. Of those that a client likes as much, the first one wins. */
export function compressorConfig(all: readonly CompressorIR[]): Any {
  const filters = all.map(({ library, minBytes }, i) => ({
    name: `envoy.filters.http.compressor.${library}`,
    typedConfig: any(Compressor, {
      compressorLibrary: {
        name: `envoy.compression.${library}.compressor`,
        typedConfig: libraries[library],
      },
      ...(minBytes === undefined
        ? {}
        : { responseDirectionConfig: { commonConfig: { minContentLength: minBytes } } }),
      ...(i === 0 ? { chooseFirst: true } : {}),
    }),
  }));
  return any(FilterChainConfigPerRoute, { filterChain: { filters } });
}
