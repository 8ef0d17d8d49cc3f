declare module 'proxy-from-env' {
  /** The proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY mean for an address, or ''. */
  export function getProxyForUrl(url: string): string;
}
