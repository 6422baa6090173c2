/** Where webhooks may be sent to. The defaults refuse what lies inside of the server's own network. */
export type WebhookPolicy = {
  /** Default: `https` alone. */
  readonly allowedSchemes: readonly string[];
  /** Also loopback, private, link-local and other special addresses. Default: false. */
  readonly allowPrivateAddresses: boolean;
};

export const DEFAULT_WEBHOOK_POLICY: WebhookPolicy = {
  allowedSchemes: ["https"],
  allowPrivateAddresses: false,
};
