// A certified OpenID provider (npm oidc-provider) on this machine, for tests: who wants to be X says so at its own login page.
// node provider.mjs PORT CLIENTS(JSON)
import Provider from "oidc-provider";

const [port, clients] = [Number(process.argv[2]), JSON.parse(process.argv[3])];
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients,
  acrValues: ["urn:test:card", "urn:test:password"],
  claims: { openid: ["sub"], acr: null, sid: null, auth_time: null, iss: null },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
  interactions: { url: (_context, interaction) => `/login/${interaction.uid}` },
  loadExistingGrant: async (context) => {
    const grant = new context.oidc.provider.Grant({
      clientId: context.oidc.client.clientId,
      accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope("openid");
    await grant.save();
    return grant;
  },
  cookies: { keys: ["for tests"] },
});
// GET /login/UID?as=SUBJECT&acr=ACR signs in; without `as`, the person refuses.
provider.use(async (context, next) => {
  if (!context.path.startsWith("/login/")) return next();
  const { as, acr } = context.query;
  const result = as ? { login: { accountId: as, acr: acr || "urn:test:password" } } : { error: "access_denied" };
  await provider.interactionFinished(context.req, context.res, result);
  context.respond = false;
});
provider.listen(port, "127.0.0.1", () => console.log("ready"));
