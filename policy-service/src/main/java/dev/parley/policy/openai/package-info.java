/**
 * The OpenAI-compatible form of step 2. Comes in: bodies of HTTP requests as JSON. Goes out: the
 * same answers as over gRPC, in OpenAI's form, whole or as events. It knows no HTTP server: {@code
 * PolicyHttpApi} calls it, and writes what it says.
 */
package dev.parley.policy.openai;
