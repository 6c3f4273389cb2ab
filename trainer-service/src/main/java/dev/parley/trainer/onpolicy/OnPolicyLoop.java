package dev.parley.trainer.onpolicy;

import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.trainer.checkpoint.CheckpointStore;
import dev.parley.trainer.checkpoint.VersionStore;
import dev.parley.trainer.experience.RolloutExchange;
import dev.parley.trainer.experience.RolloutReader;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.experience.Traces;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.recipe.Every;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.recipe.StepMetrics;
import dev.parley.trainer.recipe.UpdateTimer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jboss.logging.Logger;

/**
 * The updates of a run that learns from its own answers: ask, wait, keep what can be learnt from,
 * let the recipe learn, publish. The numbers are those of {@code docs/recipes/ppo.md}.
 *
 * <p>A run that is killed goes on from its newest checkpoint as if nothing had happened: every
 * number that it draws is a function of the seed and the update, and rollouts are read again from
 * the log.
 */
final class OnPolicyLoop {

  private static final Logger LOG = Logger.getLogger(OnPolicyLoop.class);

  /** Published weights that stay on disk, so that a policy still loading one finds it. */
  private static final int KEPT_VERSIONS = 3;

  private final OnPolicySettings settings;
  private final RunContext context;
  private final Lesson lesson;
  private final Accumulation accumulation;
  private final RolloutExchange exchange;
  private final Inquiry inquiry;
  private final PromptSchedule schedule;
  private final DynamicSampling dynamic;
  private final CheckpointStore checkpoints;
  private final VersionStore versions;
  private final Map<Long, String> published = new TreeMap<>();
  private RolloutExchange.Place place;
  private long episodes;
  private long saved;
  private long answered;

  /**
   * Prepares a loop.
   *
   * @param settings of the run
   * @param context the run
   * @param lesson what the recipe makes of answers
   * @param accumulation runs passes
   * @param exchange with the policies
   * @param schedule which prompts
   * @param dynamic whether some groups are replaced
   * @param checkpoints where checkpoints go
   */
  OnPolicyLoop(
      OnPolicySettings settings,
      RunContext context,
      Lesson lesson,
      Accumulation accumulation,
      RolloutExchange exchange,
      PromptSchedule schedule,
      DynamicSampling dynamic,
      CheckpointStore checkpoints) {
    this.settings = settings;
    this.context = context;
    this.lesson = lesson;
    this.accumulation = accumulation;
    this.exchange = exchange;
    this.schedule = schedule;
    this.dynamic = dynamic;
    this.checkpoints = checkpoints;
    this.versions =
        new VersionStore(
            context.directory().versions(),
            lesson.learners().origin(),
            SharedSettings.storedType(settings.config().checkpoint()),
            KEPT_VERSIONS + settings.updates().maxStaleness());
    this.inquiry = new Inquiry(settings, context, exchange, this::answered);
  }

  /**
   * Makes the updates that are left.
   *
   * @param standing where the run stands
   * @param resumed whether an earlier process brought it there
   * @return false if the run was asked to stop before its end
   */
  boolean run(Standing standing, boolean resumed) {
    published.putAll(standing.published());
    place = standing.place();
    episodes = standing.episodes();
    announce(standing.update());
    saved = resumed ? standing.update() : -1;
    save(standing.update());
    long updates = settings.updates().updates();
    Every due = new Every(settings.config().checkpoint().every(), updates);
    for (long update = standing.update() + 1; update <= updates; update++) {
      if (!update(update)) {
        save(update - 1);
        return false;
      }
      boolean stop = context.stopRequested().getAsBoolean();
      if (stop || due.due(update)) {
        save(update);
      }
      if (stop && update < updates) {
        return false;
      }
    }
    versions.prune(updates);
    return true;
  }

  /** Makes one update; returns false if the run was asked to stop while it waited. */
  private boolean update(long update) {
    final UpdateTimer timer = new UpdateTimer();
    final long start = System.nanoTime();
    // 1 ask for answers, as far ahead as staleness allows
    long ahead = Math.min(update + settings.updates().maxStaleness(), settings.updates().updates());
    for (long asked = update; asked <= ahead; asked++) {
      exchange.ask(schedule.prompts(asked));
    }
    // 2 wait for them, 3 keep what can be learnt from
    Optional<Answers> answers = collect(update);
    if (answers.isEmpty()) {
      return false;
    }
    // They may all have come while an earlier update waited.
    answered(update);
    timer.lap("generation");
    try (Traces.Update trace =
        Traces.update(context.id(), update, start, answers.get().traceparents())) {
      try {
        learn(update, answers.get(), timer, trace);
      } catch (RuntimeException e) {
        trace.failed(e);
        throw e;
      }
    }
    return true;
  }

  /** Deletes old versions, once an update: policies that answer need not read them any more. */
  private void answered(long update) {
    if (update > answered) {
      answered = update;
      versions.prune(update - 1);
    }
  }

  private void learn(long update, Answers answers, UpdateTimer timer, Traces.Update trace) {
    List<Sample> samples = answers.samples();
    context.log().answers(samples.size(), tokens(samples), answers.keptOut());
    // 4 to 7 the recipe's own
    Map<String, Double> metrics = new LinkedHashMap<>(lesson.learn(update, samples, timer));
    trace.done("learnt");
    context.warnOfSplits(accumulation, update);
    // 8 new weights, numbers
    episodes += samples.size();
    place = new RolloutExchange.Place(exchange.rolloutOffsets(), place.prompts());
    publish(update);
    trace.done("published");
    timer.lap("broadcast");
    metrics.putAll(answers.metrics());
    tell(update, samples, metrics, timer);
  }

  /** What an update learns from, and what is worth telling about how that was chosen. */
  private record Answers(
      List<Sample> samples,
      Map<String, Integer> keptOut,
      List<String> traceparents,
      Map<String, Double> metrics) {}

  /** Waits for the answers of an update; empty if the run was asked to stop meanwhile. */
  private Optional<Answers> collect(long update) {
    RolloutReader reader =
        new RolloutReader(
            lesson.learners().policy().model().shape().vocabulary(),
            settings.needsReference(),
            published);
    int wanted = settings.prompts().perUpdate();
    List<Rollout> rollouts = new ArrayList<>();
    List<Prompt> asked = schedule.prompts(update);
    int askedAgain = 0;
    for (int round = 0; ; round++) {
      Inquiry.Answered answered = inquiry.ask(update, asked, reader);
      if (answered.rollouts().isEmpty()) {
        return Optional.empty();
      }
      rollouts.addAll(answered.rollouts());
      askedAgain += answered.askedAgain();
      RolloutReader.Result read = reader.read(rollouts);
      List<List<Sample>> groups = groups(read.samples());
      List<List<Sample>> useful = groups.stream().filter(dynamic.useful()).toList();
      int missing = wanted - useful.size();
      if (missing <= 0 || round == dynamic.rounds()) {
        requireQuorum(update, read);
        exchange.finish(update);
        Answers answers = choose(update, rollouts, groups, useful, read);
        answers.metrics().put(OnPolicyMetrics.ASKED_AGAIN, (double) askedAgain);
        return Optional.of(answers);
      }
      asked = schedule.more(update, round + 1, missing);
    }
  }

  private Answers choose(
      long update,
      List<Rollout> rollouts,
      List<List<Sample>> groups,
      List<List<Sample>> useful,
      RolloutReader.Result read) {
    int asked = rollouts.size();
    List<String> traces = rollouts.stream().map(Rollout::getTraceparent).toList();
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put(OnPolicyMetrics.KEPT_OUT, (double) read.keptOutCount());
    if (dynamic.rounds() == 0) {
      return new Answers(read.samples(), read.keptOutByName(), traces, metrics);
    }
    int wanted = settings.prompts().perUpdate();
    metrics.put(DynamicSamplingMetrics.PASS_RATE, (double) useful.size() / asked);
    metrics.put(DynamicSamplingMetrics.DROPPED, (double) groups.size() - useful.size());
    if (useful.size() < wanted) {
      context
          .log()
          .warning(
              "groups_without_spread",
              "update "
                  + update
                  + ": of "
                  + asked
                  + " prompts only "
                  + useful.size()
                  + " have answers of different scores, "
                  + wanted
                  + " are wanted; the update learns from these. Take prompts that are sometimes"
                  + " answered well and sometimes badly, or more answers per prompt");
    }
    // Where nothing has a spread all advantages are 0, and only the KL pulls.
    List<List<Sample>> chosen = useful.isEmpty() ? groups : useful;
    return new Answers(
        chosen.stream().limit(wanted).flatMap(List::stream).toList(),
        read.keptOutByName(),
        traces,
        metrics);
  }

  /** Puts answers to the same prompt together, in the order of the prompts. */
  private static List<List<Sample>> groups(List<Sample> samples) {
    Map<String, List<Sample>> groups = new LinkedHashMap<>();
    for (Sample sample : samples) {
      groups.computeIfAbsent(sample.promptId(), id -> new ArrayList<>()).add(sample);
    }
    return List.copyOf(groups.values());
  }

  private void requireQuorum(long update, RolloutReader.Result read) {
    int keptOut = read.keptOutCount();
    int all = read.samples().size() + keptOut;
    if (keptOut > 0) {
      context
          .log()
          .warning(
              "samples_kept_out",
              "update "
                  + update
                  + ": "
                  + keptOut
                  + " of "
                  + all
                  + " answers cannot be learnt from "
                  + read.describeKeptOut());
    }
    if (!inquiry.enough(read)) {
      throw new IllegalStateException(
          "update "
              + update
              + ": only "
              + read.samples().size()
              + " of "
              + all
              + " answers can be learnt from, reward.quorum asks for "
              + settings.reward().quorum()
              + ", and reward.retries="
              + settings.reward().retries()
              + " brought no more; the first that cannot: "
              + read.example().orElse("none came at all"));
    }
  }

  private void publish(long update) {
    VersionStore.Version version =
        versions.write(update, lesson.learners().policy().master(), exchange::written);
    published.put(update, version.checksum());
    exchange.announce(update, version.checksum(), version.directory(), update);
    context.log().version(update);
  }

  /** Announces the weights that the run begins with, or goes on with after a restart. */
  private void announce(long update) {
    if (update == 0) {
      exchange.announce(0, published.get(0L), settings.config().model().path(), 0);
      context.log().version(0);
      return;
    }
    Path there =
        versions
            .find(update, published.get(update))
            .orElseGet(() -> versions.write(update, lesson.learners().policy().master()))
            .directory();
    published.put(update, versions.digest(there));
    exchange.announce(update, published.get(update), there, update);
    context.log().version(update);
  }

  private void tell(
      long update, List<Sample> samples, Map<String, Double> metrics, UpdateTimer timer) {
    metrics.put(OnPolicyMetrics.EPISODE, (double) episodes);
    metrics.put(OnPolicyMetrics.DUPLICATES, (double) exchange.duplicates());
    metrics.put(
        OnPolicyMetrics.STALENESS,
        samples.stream()
            .mapToDouble(sample -> update - 1 - sample.oldestVersion())
            .average()
            .orElseThrow());
    metrics.put(StepMetrics.SKIPPED_STEPS, (double) lesson.learners().skippedSteps());
    metrics.put(StepMetrics.MEMORY_SPLITS, (double) accumulation.splits());
    metrics.putAll(timer.metrics());
    context.log().metrics(update, metrics);
    LOG.infof(
        "%s: update %d of %d, from %d answers, in %d ms",
        context.id(),
        update,
        settings.updates().updates(),
        samples.size(),
        Math.round(1000 * timer.total()));
    context
        .log()
        .progress(
            "training",
            update,
            settings.updates().updates(),
            "updates",
            tokens(samples) / timer.total());
  }

  /** Counts the tokens of answers and their prompts. */
  private static long tokens(List<Sample> samples) {
    return samples.stream().mapToLong(s -> s.tokens().length + s.prompt().length).sum();
  }

  /** Writes a checkpoint, unless the newest one is of this update already. */
  private void save(long update) {
    if (update == saved) {
      return;
    }
    Standing standing = new Standing(update, place, published, episodes);
    Path directory =
        checkpoints.save(
            update,
            writer -> {
              lesson.learners().addTo(writer);
              writer.state(lesson.state(standing));
            });
    saved = update;
    context.log().checkpoint(directory, update, update, published.get(update));
  }
}
