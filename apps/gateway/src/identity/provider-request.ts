import { z } from 'zod';

const TIMEOUT_MS = 10_000;

/** What came of asking the provider. Only a complete refusal says anything about who was asked for. */
export type ProviderAnswer =
  | { readonly kind: 'answered'; readonly body: unknown }
  | {
      readonly kind: 'refused';
      readonly status: number;
      /** OAuth's error code (RFC 6749 section 5.2); empty where the provider gave none. */
      readonly code: string;
      /** For the log: the provider's own words, which carry no token. */
      readonly cause: Error;
    }
  | { readonly kind: 'unreachable'; readonly cause: unknown };

const refusalSchema = z.object({
  error: z.string(),
  error_description: z.string().default(''),
});

/** One request, without redirects: what is sent along opens the person's account. */
export async function askProvider(address: string, init: RequestInit): Promise<ProviderAnswer> {
  try {
    const answer = await fetch(address, {
      ...init,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = await answer.json();
    if (answer.ok) return { kind: 'answered', body };
    const { error, error_description: words } = refusalSchema.safeParse(body).data ?? {
      error: '',
      error_description: '',
    };
    const cause = new Error(`${address} answered ${answer.status} ${error} ${words}`.trim());
    return { kind: 'refused', status: answer.status, code: error, cause };
  } catch (cause) {
    return { kind: 'unreachable', cause };
  }
}
