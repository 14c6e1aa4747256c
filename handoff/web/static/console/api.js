// The console's HTTP door (docs/protocol.md, "Console").

const BASE = "/console/api";

/** A refused request. `code` is one of docs/protocol.md "Errors", or `network` when nothing answered. */
export class ApiError extends Error {
  constructor(code, status, fields = {}) {
    super(fields.message ?? code);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.fields = fields;
  }
}

export class Api {
  #csrf = null;
  #onSignedOut;

  /** `onSignedOut()` is called when a request meets 401 `not_authenticated`: the session has ended. */
  constructor({ onSignedOut }) {
    this.#onSignedOut = onSignedOut;
  }

  async login(login, password) {
    return this.#remember(await this.#request("POST", "/login", { login, password }));
  }

  async me() {
    return this.#remember(await this.#request("GET", "/me"));
  }

  async logout() {
    await this.#change("/logout");
    this.#csrf = null;
  }

  conversations({ view, order = null, before = null, limit = 50 }) {
    return this.#request("GET", `/conversations?${query({ view, order, before, limit })}`);
  }

  conversation(id) {
    return this.#request("GET", `/conversations/${encodeURIComponent(id)}`);
  }

  messages(id, { after = null, before = null, limit = 200 }) {
    return this.#request("GET", `/conversations/${encodeURIComponent(id)}/messages?${query({ after, before, limit })}`);
  }

  orders(id) {
    return this.#request("GET", `/conversations/${encodeURIComponent(id)}/orders`);
  }

  /** `{earlier: [Talk…]}`: what was talked about before with the same person. */
  history(id) {
    return this.#request("GET", `/conversations/${encodeURIComponent(id)}/history`);
  }

  /** `{variants: [{name, stock}]}`: what a line of an order is also sold as. */
  variants(id, number, line) {
    return this.#request("GET", `/conversations/${encodeURIComponent(id)}/orders/${encodeURIComponent(number)}/lines/${line}/variants`);
  }

  /** Does something with an order, once for each `clientId`. Returns `{operation, tell}`. */
  perform(id, clientId, wish, note) {
    return this.#change(`/conversations/${encodeURIComponent(id)}/operations`, { client_id: clientId, wish, note });
  }

  /** Does what was begun and is not known to be done. Returns `{operation, tell}`. */
  performAgain(operationId) {
    return this.#change(`/operations/${encodeURIComponent(operationId)}/again`);
  }

  /** `step`: claim, take-over, hand-back, release, transfer (with `department` and `note`) or resolve. Returns the new Summary. */
  step(id, step, epoch, more = {}) {
    return this.#change(`/conversations/${encodeURIComponent(id)}/${step}`, { epoch, ...more });
  }

  /** `kind`: reply or note. `article`: `{slug, title}` it was taken from. Safe to repeat with the same `clientId`. Returns the AgentMessage. */
  write(id, kind, clientId, text, article = undefined) {
    return this.#change(`/conversations/${encodeURIComponent(id)}/${kind}`, { client_id: clientId, text, article });
  }

  /** Sends the customer a file. Safe to repeat with the same `clientId`. Returns the AgentMessage. */
  sendFile(id, clientId, { blob, name }) {
    return this.#change(`/conversations/${encodeURIComponent(id)}/files?${query({ client_id: clientId, name })}`, blob);
  }

  /** `{passages}`: what the shop's articles say of `text`. */
  passages(text, language) {
    return this.#request("GET", `/passages?${query({ text, language })}`);
  }

  /** Returns the Person: who else a conversation's customer is, or might be. */
  person(id, text) {
    return this.#request("GET", `/conversations/${encodeURIComponent(id)}/person?${query({ text })}`);
  }

  /** Keeps that the customers of two conversations are one. Returns the Person. */
  join(id, conversation) {
    return this.#change(`/conversations/${encodeURIComponent(id)}/join`, { conversation });
  }

  /** Keeps that a conversation's customer is nobody else. Returns the Person. */
  separate(id) {
    return this.#change(`/conversations/${encodeURIComponent(id)}/separate`, {});
  }

  /** Returns the Case. */
  closeCase(caseId, note) {
    return this.#change(`/cases/${encodeURIComponent(caseId)}/close`, { note });
  }

  /** Returns the Case. */
  reopenCase(caseId) {
    return this.#change(`/cases/${encodeURIComponent(caseId)}/reopen`, {});
  }

  articles() {
    return this.#request("GET", "/articles");
  }

  article(slug) {
    return this.#request("GET", `/articles/${encodeURIComponent(slug)}`);
  }

  saveArticle(slug, draft) {
    return this.#change(`/articles/${encodeURIComponent(slug)}`, draft);
  }

  restoreArticle(slug, seen, version) {
    return this.#change(`/articles/${encodeURIComponent(slug)}/restore`, { seen, version });
  }

  releaseArticle(slug, version) {
    return this.#change(`/articles/${encodeURIComponent(slug)}/release`, { version });
  }

  /** `{passages}`: what customers would be told. */
  previewArticle(draft) {
    return this.#change("/article-preview", draft);
  }

  retry(messageId) {
    return this.#change(`/messages/${encodeURIComponent(messageId)}/retry`);
  }

  /** Returns `{text}`: what a message said before numbers were hidden in it. The service keeps who asked. */
  reveal(messageId) {
    return this.#change(`/messages/${encodeURIComponent(messageId)}/reveal`);
  }

  #remember(me) {
    this.#csrf = me.csrf;
    return me;
  }

  async #change(path, body) {
    try {
      return await this.#request("POST", path, body);
    } catch (error) {
      if (error.code !== "csrf_failed") throw error;
      await this.me(); // another tab signed in again: take the new token and repeat once
      return this.#request("POST", path, body);
    }
  }

  async #request(method, path, body) {
    const headers = {};
    const plain = body instanceof Blob;
    if (body !== undefined) headers["Content-Type"] = plain ? "application/octet-stream" : "application/json";
    if (method !== "GET" && this.#csrf) headers["X-CSRF-Token"] = this.#csrf;
    let response;
    try {
      response = await fetch(BASE + path, {
        method,
        headers,
        body: plain || body === undefined ? body : JSON.stringify(body),
        credentials: "same-origin",
        cache: "no-store",
      });
    } catch (error) {
      throw new ApiError("network", 0, { message: String(error) });
    }
    if (response.status === 204) return null;
    const answer = await response.json().catch(() => null); // a proxy's page is no JSON; handled below
    if (response.ok && answer !== null) return answer;
    const fields = answer?.error ?? {};
    const error = new ApiError(fields.code ?? "internal_error", response.status, fields);
    if (error.code === "rate_limited" && !(fields.retry_after > 0)) {
      fields.retry_after = Number(response.headers.get("Retry-After")) || 60;
    }
    if (error.code === "not_authenticated") this.#onSignedOut();
    throw error;
  }
}

function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return new URLSearchParams(given).toString();
}
