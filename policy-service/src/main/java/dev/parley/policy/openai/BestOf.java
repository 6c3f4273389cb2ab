package dev.parley.policy.openai;

import dev.parley.policy.generation.GeneratedSample;
import dev.parley.policy.prompt.EncodedPrompt;
import dev.parley.policy.rollout.AnswerScores;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The best of several answers, by the reward service: best-of-n sampling (Stiennon et al. 2020,
 * arXiv:2009.01325; Nakano et al. 2021, arXiv:2112.09332). An answer without a score is never among
 * them.
 */
final class BestOf {

  private BestOf() {}

  /** An answer that is kept, by its place among all that were drawn, and its score. */
  record Kept(int index, double score) {}

  /**
   * Chooses the best answers to each prompt.
   *
   * @param request says how many are drawn and kept
   * @param prompts the request's prompts as tokens and text
   * @param drawn all answers, those to one prompt together
   * @param scores asks the reward service, and waits
   * @return the best of each prompt, best first, prompts in order; of equal scores the earlier
   * @throws ApiException if too few answers to a prompt have a score
   */
  static List<Kept> choose(
      ApiRequest request, List<EncodedPrompt> prompts, List<Choice> drawn, AnswerScores scores) {
    List<Kept> best = new ArrayList<>();
    for (int prompt = 0; prompt < prompts.size(); prompt++) {
      int first = prompt * request.samples();
      List<GeneratedSample> samples =
          drawn.subList(first, first + request.samples()).stream().map(Choice::sample).toList();
      List<Score> scored = score(request, prompt, prompts.get(prompt), samples, scores);
      List<Kept> good = new ArrayList<>();
      for (int i = 0; i < scored.size(); i++) {
        if (scored.get(i).getStatus() == Status.STATUS_OK) {
          good.add(new Kept(first + i, scored.get(i).getValue()));
        }
      }
      if (good.size() < request.kept()) {
        String error =
            scored.stream()
                .filter(score -> score.getStatus() != Status.STATUS_OK)
                .map(Score::getError)
                .findFirst()
                .orElse("");
        throw ApiException.notScored(
            "%d of %d answers have a score, expected at least n, which is %d; of one that has none: %s"
                .formatted(good.size(), scored.size(), request.kept(), error));
      }
      // The sort is stable.
      good.sort(Comparator.comparingDouble((Kept kept) -> -kept.score()));
      best.addAll(good.subList(0, request.kept()));
    }
    return best;
  }

  private static List<Score> score(
      ApiRequest request,
      int prompt,
      EncodedPrompt encoded,
      List<GeneratedSample> samples,
      AnswerScores scores) {
    try {
      return scores.score(request.prompts().get(prompt), encoded, samples);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ApiException.notScored("the server is going down");
    }
  }
}
