// Whether the provider answers, for a container: exit code 0 or 1. It trusts the authority of NODE_EXTRA_CA_CERTS.

const answer = await fetch('https://localhost:8444/.well-known/openid-configuration').catch(() => undefined);
process.exit(answer?.ok ? 0 : 1);
