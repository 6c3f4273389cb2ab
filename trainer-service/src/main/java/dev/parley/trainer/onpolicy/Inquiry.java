package dev.parley.trainer.onpolicy;

import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.trainer.experience.RolloutExchange;
import dev.parley.trainer.experience.RolloutReader;
import dev.parley.trainer.recipe.RunContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * Asks prompts and waits for the answers. Where too few of them can be learnt from, because a
 * service was away for one, their prompts are asked again: the same questions with the same seeds,
 * under names of their own, so that each name still has exactly one rollout.
 *
 * <p>A trainer that was started again finds what earlier processes asked in the log, and reads on;
 * only what it asks itself counts towards {@code reward.retries}. So a run that ended for want of
 * scores goes on once they can be had.
 */
final class Inquiry {

  private final OnPolicySettings settings;
  private final RunContext context;
  private final RolloutExchange exchange;
  private final LongConsumer answered;

  /**
   * Prepares.
   *
   * @param settings of the run
   * @param context the run
   * @param exchange with the policies
   * @param answered told of the update that waits, each time that answers have come
   */
  Inquiry(
      OnPolicySettings settings,
      RunContext context,
      RolloutExchange exchange,
      LongConsumer answered) {
    this.settings = settings;
    this.context = context;
    this.exchange = exchange;
    this.answered = answered;
  }

  /**
   * What came of some prompts.
   *
   * @param rollouts one for each prompt, in their order; none if the run was asked to stop
   * @param askedAgain how many prompts were asked once more, by this process or an earlier one
   */
  record Answered(List<Rollout> rollouts, int askedAgain) {}

  /**
   * Asks, unless that was done before, and waits.
   *
   * @param update the update that wants the answers
   * @param prompts the prompts
   * @param reader tells what can be learnt from
   */
  Answered ask(long update, List<Prompt> prompts, RolloutReader reader) {
    exchange.ask(prompts);
    List<Rollout> rollouts = new ArrayList<>(await(update, prompts));
    int retriesLeft = settings.reward().retries();
    int askedAgain = 0;
    for (int attempt = 1; !rollouts.isEmpty(); attempt++) {
      RolloutReader.Result read = reader.read(rollouts);
      if (enough(read)) {
        break;
      }
      Map<Integer, Prompt> again = lost(prompts, rollouts, reader, attempt);
      List<Prompt> asked = List.copyOf(again.values());
      if (asked.isEmpty()) {
        break;
      }
      if (!exchange.haveAsked(asked)) {
        if (retriesLeft == 0) {
          break;
        }
        retriesLeft--;
        warn(update, read, asked.size(), settings.reward().retries() - retriesLeft);
      }
      exchange.ask(asked);
      List<Rollout> came = await(update, asked);
      if (came.isEmpty()) {
        return new Answered(List.of(), askedAgain);
      }
      askedAgain += asked.size();
      replace(rollouts, List.copyOf(again.keySet()), came, reader);
    }
    return new Answered(rollouts, askedAgain);
  }

  /** Returns whether an update may learn from what has come. */
  boolean enough(RolloutReader.Result read) {
    int all = read.samples().size() + read.keptOutCount();
    return read.samples().size() >= Math.max(1, settings.reward().quorum() * all);
  }

  private List<Rollout> await(long update, List<Prompt> asked) {
    return exchange.await(
        update,
        asked.stream().map(Prompt::getPromptId).toList(),
        Duration.ofSeconds(settings.updates().rolloutTimeout()),
        context.stopRequested(),
        here -> {
          if (here > 0) {
            answered.accept(update);
          }
          context.log().lag(exchange.lag());
          context.log().progress("waiting for rollouts", here, asked.size(), "prompts", 0);
        });
  }

  /** Returns the prompts that lack an answer to learn from, under new names, by their place. */
  private static Map<Integer, Prompt> lost(
      List<Prompt> prompts, List<Rollout> rollouts, RolloutReader reader, int attempt) {
    Map<Integer, Prompt> again = new TreeMap<>();
    for (int place = 0; place < prompts.size(); place++) {
      if (reader.read(List.of(rollouts.get(place))).keptOutCount() > 0) {
        again.put(place, PromptSchedule.again(prompts.get(place), attempt));
      }
    }
    return again;
  }

  /** Puts new rollouts into the places of old ones, unless less can be learnt from them. */
  private static void replace(
      List<Rollout> rollouts, List<Integer> places, List<Rollout> came, RolloutReader reader) {
    for (int i = 0; i < came.size(); i++) {
      int place = places.get(i);
      if (usable(came.get(i), reader) >= usable(rollouts.get(place), reader)) {
        rollouts.set(place, came.get(i));
      }
    }
  }

  private static int usable(Rollout rollout, RolloutReader reader) {
    return reader.read(List.of(rollout)).samples().size();
  }

  private void warn(long update, RolloutReader.Result read, int prompts, int retry) {
    context
        .log()
        .warning(
            "prompts_asked_again",
            "update %d: %d of %d answers cannot be learnt from %s, fewer than reward.quorum=%s are left; %d prompts are asked again, retry %d of reward.retries=%d; the first: %s"
                .formatted(
                    update,
                    read.keptOutCount(),
                    read.keptOutCount() + read.samples().size(),
                    read.keptOut(),
                    settings.reward().quorum(),
                    prompts,
                    retry,
                    settings.reward().retries(),
                    read.example().orElse("")));
  }
}
