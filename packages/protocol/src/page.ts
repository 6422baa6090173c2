/** One page of a listing; `nextPageToken` is absent on the last. */
export type Page<T> = { readonly items: readonly T[]; readonly nextPageToken?: string | undefined };
