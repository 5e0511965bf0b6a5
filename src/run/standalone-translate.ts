/** Options of the config file for manifests of the user's own machine. */
export const standaloneTranslate = {
  allowLoopbackEndpoints: true,
  backends: { hostnames: true, unixSockets: true },
} as const;
