package dev.parley.policy.generation;

import dev.parley.model.generation.FinishReason;
import dev.parley.policy.serving.ServedVersion;
import java.util.Optional;

/**
 * One token of one answer, as it is drawn.
 *
 * @param index which answer of the request
 * @param token the token
 * @param samplingLogProb its log-probability (nats) under the distribution drawn from
 * @param modelLogProb its log-probability (nats) under the untempered model
 * @param text what became final of the answer's text
 * @param version the weights that made it
 * @param finish set on the answer's last token
 */
public record DrawnToken(
    int index,
    int token,
    float samplingLogProb,
    float modelLogProb,
    String text,
    ServedVersion version,
    Optional<FinishReason> finish) {}
