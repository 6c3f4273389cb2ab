package dev.parley.console.verdict;

import dev.parley.console.study.NewPair;
import dev.parley.console.study.Turn;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A verdict with what it is about.
 *
 * @param id its id, that of the event
 * @param pair the pair's number
 * @param questionId by which the file names the pair
 * @param prompt what both answers continue
 * @param answers both, with who gave them
 * @param annotator who judged
 * @param choice what was said
 * @param strength how much better, if it was asked
 * @param reason in the person's words; may be empty
 * @param firstLeft whether the first answer was on the left
 * @param seconds for which the pair was looked at
 * @param givenAt when
 */
public record VerdictRow(
    String id,
    long pair,
    String questionId,
    List<Turn> prompt,
    NewPair.Answers answers,
    String annotator,
    Choice choice,
    Optional<Strength> strength,
    String reason,
    boolean firstLeft,
    double seconds,
    Instant givenAt) {}
