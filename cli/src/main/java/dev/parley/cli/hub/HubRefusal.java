package dev.parley.cli.hub;

import dev.parley.cli.Failure;

/** Turns what the hub answers into what the user can do about it. */
final class HubRefusal {

  private HubRefusal() {}

  static Failure of(HubModel model, HubSettings settings, HubStatusException e) {
    String page = settings.endpoint() + "/" + model.id();
    boolean token = settings.token().isPresent();
    if (e.errorCode().equals("GatedRepo") || (e.status() == 403 && e.errorCode().isEmpty())) {
      return new Failure(
          "%s is gated: its owner wants you to accept terms first".formatted(model),
          token
              ? "Open %s with the account of your token and accept them. A fine-grained token also needs the right to read gated repositories."
                  .formatted(page)
              : "Open %s, accept them, make a token at %s/settings/tokens, and set HF_TOKEN to it."
                  .formatted(page, settings.endpoint()),
          e);
    }
    if (e.errorCode().equals("RevisionNotFound")) {
      return new Failure(
          "%s has no revision \"%s\"".formatted(model.id(), model.revision()),
          "See the branches and tags at %s/tree/main.".formatted(page),
          e);
    }
    return switch (e.status()) {
      case 401 ->
          new Failure(
              "the hub does not show %s (401): %s"
                  .formatted(
                      model,
                      token
                          ? "the token in HF_TOKEN is not valid, or has no right to it"
                          : "it does not exist, or is private and needs a token"),
              token
                  ? "Check the token at %s/settings/tokens.".formatted(settings.endpoint())
                  : "Check the spelling at %s; for a private model set HF_TOKEN.".formatted(page),
              e);
      case 403 ->
          new Failure(
              "the hub refuses %s (403): %s".formatted(model, e.getMessage()),
              "Check what your token may read at %s/settings/tokens."
                  .formatted(settings.endpoint()),
              e);
      case 404 ->
          new Failure(
              "the hub has no %s (404)".formatted(model),
              "Check the spelling at %s. A local model is named by its directory.".formatted(page),
              e);
      case 429 ->
          new Failure(
              "the hub allows no more requests for now (429)",
              "Wait some minutes and run the command again"
                  + (token ? "." : "; with HF_TOKEN the hub allows more."),
              e);
      default ->
          new Failure(
              "%s cannot be fetched: %s".formatted(model, e.getMessage()),
              "If this lasts, see https://status.huggingface.co.",
              e);
    };
  }
}
