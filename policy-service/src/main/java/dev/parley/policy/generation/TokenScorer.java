package dev.parley.policy.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.torchscript.Libtorch;
import dev.parley.policy.serving.ServedVersion;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads token sequences in one forward pass. {@code [T, V]} never exists as a whole: the head works
 * on chunks of tokens.
 */
final class TokenScorer {

  /** Logits that one chunk of tokens may hold: 64 MB in single precision. */
  private static final int CHUNK_LOGITS = 1 << 24;

  private final LanguageModel model;
  private final int chunk;

  TokenScorer(LanguageModel model) {
    this.model = model;
    this.chunk = Math.max(1, CHUNK_LOGITS / model.shape().vocabulary());
  }

  /** Returns the scores of each job. */
  List<TokenScores> score(List<ScoringJob> jobs, ServedVersion version) {
    TokenBatch batch = TokenBatch.of(jobs.stream().map(ScoringJob::tokens).toList());
    int[] starts = batch.starts();
    List<TokenScores> scores = new ArrayList<>();
    try (NDManager scope = Libtorch.manager(model.options().device())) {
      NDArray hidden =
          model.decoder().hidden(scope, batch, batch.allPositions(), model.network().body());
      for (int row = 0; row < jobs.size(); row++) {
        scores.add(score(scope, hidden, starts[row], jobs.get(row), version));
      }
    }
    return scores;
  }

  private TokenScores score(
      NDManager scope, NDArray hidden, int start, ScoringJob job, ServedVersion version) {
    int count = job.tokens().length - job.first();
    int top = Math.min(job.top(), model.shape().vocabulary());
    TokenScores scores =
        new TokenScores(new float[count], new int[count][top], new float[count][top], version);
    for (int from = 0; from < count; from += chunk) {
      int to = Math.min(count, from + chunk);
      try (NDManager inner = scope.newSubManager()) {
        // What the state before a token predicts is that token.
        int before = start + job.first() - 1;
        NDArray states = hidden.get(inner, new NDIndex("{}:{}", before + from, before + to));
        NDArray logProbs = model.decoder().logits(inner, states, model.network()).logSoftmax(-1);
        logProbs.attach(inner);
        read(inner, logProbs, job, from, scores);
      }
    }
    return scores;
  }

  private static void read(
      NDManager scope, NDArray logProbs, ScoringJob job, int from, TokenScores scores) {
    int rows = (int) logProbs.getShape().get(0);
    long[] targets = new long[rows];
    for (int i = 0; i < rows; i++) {
      targets[i] = job.tokens()[job.first() + from + i];
    }
    NDArray index = scope.create(targets, new Shape(rows, 1));
    float[] own = logProbs.gather(index, 1).toFloatArray();
    System.arraycopy(own, 0, scores.logProbs(), from, rows);
    if (job.top() == 0) {
      return;
    }
    NDList best = logProbs.topK(scores.topTokens()[0].length, 1);
    best.attach(scope);
    float[] values = best.get(0).toFloatArray();
    long[] tokens = best.get(1).toLongArray();
    int next = 0;
    for (int i = from; i < from + rows; i++) {
      for (int k = 0; k < scores.topTokens()[i].length; k++) {
        scores.topTokens()[i][k] = (int) tokens[next];
        scores.topLogProbs()[i][k] = values[next++];
      }
    }
  }
}
