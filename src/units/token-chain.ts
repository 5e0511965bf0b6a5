import { chainName, parseChainName, type ChainName } from './plugin-chain.ts';

/**
 * Verification of the tokens of a route, as its policy asks for it; with a `mergeType` its parent is part of the name too.
 * `hash` is that of all settings but the keys: a route that asks for something else names another chain, and never meets
 * the old one with its new rules.
 */
export interface TokenChainName extends ChainName {
  readonly hash: string;
}

export function tokenChainName(name: TokenChainName): string {
  return `${chainName(name)}/${name.hash}`;
}

export function parseTokenChainName(text: string): TokenChainName {
  const end = text.lastIndexOf('/');
  return { ...parseChainName(text.slice(0, end)), hash: text.slice(end + 1) };
}
