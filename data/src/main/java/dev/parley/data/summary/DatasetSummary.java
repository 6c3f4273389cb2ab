package dev.parley.data.summary;

import dev.parley.data.ChatTurn;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.Fingerprint;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import dev.parley.data.PromptRow;
import dev.parley.data.Ranking;
import dev.parley.data.Rating;
import dev.parley.data.Solution;
import dev.parley.data.Verdict;
import dev.parley.data.file.Row;
import dev.parley.data.file.SkippedRows;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A dataset in numbers.
 *
 * @param rows good rows
 * @param byKind good rows by kind: demonstration, preference, prompt, …
 * @param byShape good rows by the shape they were read as
 * @param turns turns of all rows; of a pair, the prompt's and those of both answers
 * @param promptLengths lengths of the prompts, all turns of a prompt together
 * @param answerLengths lengths of demonstrations' last answers, and of ranked, rated, judged and
 *     labelled ones
 * @param chosenLengths lengths of chosen answers
 * @param rejectedLengths lengths of rejected answers
 * @param repeatedPrompts rows whose prompt an earlier row has had
 * @param unevenTurns rows in which somebody speaks twice in a row, which some chat templates refuse
 * @param referenceAnswers prompts with an answer to check against
 * @param preferences how the labels of pairs lie, those of rankings included
 * @param labels how those of single answers and of steps lie
 * @param skipped bad rows that were left out
 */
public record DatasetSummary(
    long rows,
    Map<String, Long> byKind,
    Map<String, Long> byShape,
    long turns,
    Lengths promptLengths,
    Lengths answerLengths,
    Lengths chosenLengths,
    Lengths rejectedLengths,
    long repeatedPrompts,
    long unevenTurns,
    long referenceAnswers,
    PreferenceBalance preferences,
    LabelBalance labels,
    SkippedRows skipped) {

  /** Copies the counts, sorted by name. */
  public DatasetSummary {
    byKind = Collections.unmodifiableMap(new TreeMap<>(byKind));
    byShape = Collections.unmodifiableMap(new TreeMap<>(byShape));
  }

  /** The share of rows whose prompt an earlier row has had, 0 to 1. */
  public double repeatedPromptShare() {
    return rows == 0 ? 0 : (double) repeatedPrompts / rows;
  }

  /** Adds rows up. Memory: about 60 bytes a row. */
  public static final class Collector {

    private final Map<String, Long> byKind = new TreeMap<>();
    private final Map<String, Long> byShape = new TreeMap<>();
    private final Map<PreferenceSource, Long> bySource = new EnumMap<>(PreferenceSource.class);
    private final LengthCounter prompts = new LengthCounter();
    private final LengthCounter answers = new LengthCounter();
    private final LengthCounter chosen = new LengthCounter();
    private final LengthCounter rejected = new LengthCounter();
    private final Set<Fingerprint> seen = new HashSet<>();
    private long rows;
    private long turns;
    private long repeated;
    private long uneven;
    private long references;
    private long pairs;
    private long ties;
    private long margins;
    private long chosenLonger;
    private long rejectedLonger;
    private long emptyAnswers;
    private long good;
    private long bad;
    private long rightSteps;
    private long wrongSteps;
    private long neutralSteps;
    private long unlabelledSteps;

    /** Adds a row. */
    public void add(Row<? extends Example> row) {
      Example example = row.example();
      rows++;
      byKind.merge(example.kind(), 1L, Long::sum);
      byShape.merge(row.shape(), 1L, Long::sum);
      List<ChatTurn> prompt = example.prompt();
      prompts.add(length(prompt));
      if (!seen.add(Fingerprint.of(prompt))) {
        repeated++;
      }
      if (example instanceof Demonstration demonstration) {
        turns += demonstration.conversation().size();
        answers.add(length(demonstration.answer()));
        uneven += isUneven(demonstration.conversation()) ? 1 : 0;
      } else if (example instanceof Preference preference) {
        turns += prompt.size() + preference.chosen().size() + preference.rejected().size();
        chosen.add(length(preference.chosen()));
        rejected.add(length(preference.rejected()));
        uneven += isUneven(prompt) ? 1 : 0;
        addPair(preference);
      } else if (example instanceof PromptRow promptRow) {
        turns += prompt.size();
        references += promptRow.referenceAnswer().isPresent() ? 1 : 0;
        uneven += isUneven(prompt) ? 1 : 0;
      } else if (example instanceof Ranking ranking) {
        turns += prompt.size();
        for (List<ChatTurn> answer : ranking.answers()) {
          turns += answer.size();
          answers.add(length(answer));
        }
        uneven += isUneven(prompt) ? 1 : 0;
        ranking.pairs().forEach(this::addPair);
      } else if (example instanceof Rating rating) {
        turns += prompt.size() + rating.answer().size();
        answers.add(length(rating.answer()));
        uneven += isUneven(prompt) ? 1 : 0;
      } else if (example instanceof Solution solution) {
        turns += prompt.size() + 1;
        answers.add(length(solution.answer("")));
        uneven += isUneven(prompt) ? 1 : 0;
        solution.steps().forEach(this::addStep);
      } else if (example instanceof Verdict verdict) {
        turns += prompt.size() + verdict.answer().size();
        answers.add(length(verdict.answer()));
        uneven += isUneven(prompt) ? 1 : 0;
        good += verdict.desirable() ? 1 : 0;
        bad += verdict.desirable() ? 0 : 1;
      }
    }

    /** The numbers so far, with the rows that the reader left out. */
    public DatasetSummary summary(SkippedRows skipped) {
      return new DatasetSummary(
          rows,
          byKind,
          byShape,
          turns,
          prompts.summary(),
          answers.summary(),
          chosen.summary(),
          rejected.summary(),
          repeated,
          uneven,
          references,
          new PreferenceBalance(
              pairs, ties, margins, chosenLonger, rejectedLonger, emptyAnswers, bySource),
          new LabelBalance(good, bad, rightSteps, wrongSteps, neutralSteps, unlabelledSteps),
          skipped);
    }

    private void addPair(Preference pair) {
      int chosenLength = length(pair.chosen());
      int rejectedLength = length(pair.rejected());
      pairs++;
      margins += pair.margin().isPresent() ? 1 : 0;
      emptyAnswers += chosenLength == 0 || rejectedLength == 0 ? 1 : 0;
      bySource.merge(pair.source(), 1L, Long::sum);
      if (pair.tie()) {
        ties++;
      } else if (chosenLength > rejectedLength) {
        chosenLonger++;
      } else if (rejectedLength > chosenLength) {
        rejectedLonger++;
      }
    }

    private void addStep(Solution.Step step) {
      if (step.label().isEmpty()) {
        unlabelledSteps++;
      } else if (step.label().getAsDouble() > Solution.NEUTRAL) {
        rightSteps++;
      } else if (step.label().getAsDouble() < Solution.NEUTRAL) {
        wrongSteps++;
      } else {
        neutralSteps++;
      }
    }

    private static boolean isUneven(List<ChatTurn> turns) {
      for (int i = 1; i < turns.size(); i++) {
        if (turns.get(i).role().equals(turns.get(i - 1).role())) {
          return true;
        }
      }
      return false;
    }

    private static int length(List<ChatTurn> turns) {
      return turns.stream().mapToInt(turn -> length(turn.content())).sum();
    }

    private static int length(String text) {
      return text.codePointCount(0, text.length());
    }
  }
}
