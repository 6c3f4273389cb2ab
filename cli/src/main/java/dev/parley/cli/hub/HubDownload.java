package dev.parley.cli.hub;

import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Progress;
import dev.parley.cli.terminal.Terminal;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLException;

/** Brings a model from the hub into the cache, or finds it there. */
final class HubDownload {

  private static final int FILES_AT_ONCE = 4;
  private static final int LISTING_ATTEMPTS = 4;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final HubSettings settings;
  private final HubApi api;
  private final Terminal terminal;
  private final Pauses pauses;
  private final DiskSpace space;

  HubDownload(
      HubSettings settings, HubHttp http, Terminal terminal, Pauses pauses, DiskSpace space) {
    this.settings = settings;
    this.api = new HubApi(settings, http);
    this.terminal = terminal;
    this.pauses = pauses;
    this.space = space;
  }

  /** A download with real pauses and the real disk. */
  static HubDownload of(HubSettings settings, Map<String, String> environment, Terminal terminal) {
    HubHttp http = new HubHttp(settings, new HubProxies(environment), TIMEOUT);
    return new HubDownload(settings, http, terminal, Pauses.REAL, DiskSpace.REAL);
  }

  /**
   * The directory of a model, complete.
   *
   * @throws Failure if the model cannot be had; the message says why
   */
  Path fetch(HubModel model) {
    HubCache cache = new HubCache(settings.cache(), model);
    try {
      Optional<Path> cached = cached(cache, model);
      if (cached.isPresent() && (model.isPinned() || settings.offline())) {
        return cached.get();
      }
      if (settings.offline()) {
        throw new Failure(
            "%s is not in the cache %s, and HF_HUB_OFFLINE forbids to fetch it"
                .formatted(model, settings.cache()),
            "Unset HF_HUB_OFFLINE, or name a directory with the model.");
      }
      HubListing listing;
      try {
        listing = listing(model);
      } catch (HubStatusException e) {
        throw HubRefusal.of(model, settings, e);
      } catch (IOException e) {
        if (cached.isEmpty()) {
          throw unreachable(model, e);
        }
        terminal
            .err()
            .println(
                "The hub cannot be reached (%s); using the copy of %s in the cache."
                    .formatted(describe(e), model));
        return cached.get();
      }
      return fetch(model, cache, listing);
    } catch (HubStatusException e) {
      throw HubRefusal.of(model, settings, e);
    } catch (IOException e) {
      throw new Failure(
          "%s cannot be fetched: %s".formatted(model, describe(e)),
          "Run the command again to go on where it ended.",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure("the download of " + model + " was interrupted", "", e);
    }
  }

  private static Optional<Path> cached(HubCache cache, HubModel model) throws IOException {
    return cache
        .commitOf(model)
        .map(cache::snapshot)
        .filter(snapshot -> WantedFiles.missingIn(snapshot).isEmpty());
  }

  private HubListing listing(HubModel model) throws IOException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        return api.listing(model);
      } catch (HubStatusException e) {
        Duration pause = e.retryAfter().orElse(Duration.ofSeconds(attempt));
        if (!e.isPassing()
            || attempt == LISTING_ATTEMPTS
            || pause.compareTo(FileTransfer.LONGEST_PAUSE) > 0) {
          throw e;
        }
        pauses.pause(pause);
      } catch (ConnectException | UnknownHostException | NoRouteToHostException | SSLException e) {
        // Nobody is there: trying again would only make the user wait.
        throw e;
      } catch (IOException e) {
        if (attempt == LISTING_ATTEMPTS) {
          throw e;
        }
        pauses.pause(Duration.ofSeconds(attempt));
      }
    }
  }

  private Path fetch(HubModel model, HubCache cache, HubListing listing)
      throws IOException, InterruptedException {
    List<HubFile> small = WantedFiles.small(listing);
    if (!WantedFiles.hasConfiguration(listing)) {
      throw new Failure(
          "%s has no %s; expected a model in the layout of transformers"
              .formatted(model, WantedFiles.CONFIG),
          "Check the id: a data set is no model.");
    }
    bring(model, cache, listing, small, "configuration, tokenizer");
    Path snapshot = cache.snapshot(listing.commit());
    Optional<Path> index =
        Optional.of(snapshot.resolve(WantedFiles.INDEX))
            .filter(path -> small.stream().anyMatch(file -> file.path().equals(WantedFiles.INDEX)));
    bring(model, cache, listing, WantedFiles.weights(model, listing, index), "weights");
    cache.remember(model, listing.commit());
    return snapshot;
  }

  private void bring(
      HubModel model, HubCache cache, HubListing listing, List<HubFile> files, String what)
      throws IOException, InterruptedException {
    List<HubFile> described = new ArrayList<>();
    for (HubFile file : files) {
      described.add(file.isDescribed() ? file : api.describe(model, listing.commit(), file));
    }
    long total = 0;
    long have = 0;
    for (HubFile file : described) {
      total += Math.max(0, file.size());
      have += cache.have(file);
    }
    if (have < total) {
      Files.createDirectories(settings.cache());
      space.require(model, settings.cache(), total - have);
    }
    try (Progress progress = Progress.ofBytes(terminal, model.id() + ": " + what, total)) {
      if (have >= total) {
        progress.clear();
      } else {
        progress.skip(have);
      }
      bringAll(
          new FileTransfer(
              api, cache, model, listing.commit(), pauses, new ShownTransfer(progress)),
          described);
    }
  }

  private static void bringAll(FileTransfer transfer, List<HubFile> files)
      throws IOException, InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(FILES_AT_ONCE);
    try {
      CompletionService<Void> results = new ExecutorCompletionService<>(threads);
      for (HubFile file : files) {
        results.submit(
            () -> {
              transfer.bring(file);
              return null;
            });
      }
      for (int i = 0; i < files.size(); i++) {
        results.take().get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      if (e.getCause() instanceof Failure failure) {
        throw failure;
      }
      throw new IllegalStateException("a transfer ended in an unexpected way", e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }

  private Failure unreachable(HubModel model, IOException e) {
    return new Failure(
        "%s is not in the cache, and %s cannot be reached: %s"
            .formatted(model, settings.endpoint(), describe(e)),
        "Check the network and HTTPS_PROXY; HF_ENDPOINT names a mirror. A directory with the model works too.",
        e);
  }

  private static String describe(IOException e) {
    if (e instanceof UnknownHostException) {
      return "no address is known for the host " + e.getMessage();
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /** Shows how transfers go. */
  private record ShownTransfer(Progress progress) implements TransferListener {

    @Override
    public void bytes(long change) {
      progress.add(change);
    }

    @Override
    public void note(String line) {
      progress.note(line);
    }
  }
}
