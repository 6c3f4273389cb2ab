package dev.parley.console.page;

import dev.parley.console.live.LivePolicies;
import dev.parley.console.study.PairFile;
import dev.parley.console.study.Studies;
import dev.parley.console.study.Study;
import dev.parley.console.study.StudyDesign;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** Makes studies of what a form or a program sends. */
@Singleton
class StudyMaker {

  private final Studies studies;
  private final LivePolicies policies;

  StudyMaker(Studies studies, LivePolicies policies) {
    this.studies = studies;
    this.policies = policies;
  }

  /**
   * A study that was made.
   *
   * @param study the study
   * @param pairs that it has
   * @param same rows that were left out since their answers are the same text
   */
  record Made(Study study, int pairs, int same) {}

  /**
   * Makes a study.
   *
   * @param file of pairs, or of prompts if policies are asked
   * @throws IllegalArgumentException if design or file cannot be used; one problem a line
   * @throws dev.parley.console.study.NameTakenException if there is one of this name
   */
  Made make(StudyDesign design, InputStream file) throws IOException {
    design.policies().ifPresent(this::requireKnown);
    PairFile pairs = PairFile.read(file, design.policies().isEmpty());
    return new Made(studies.create(design, pairs.pairs()), pairs.pairs().size(), pairs.same());
  }

  private void requireKnown(StudyDesign.Policies asked) {
    for (String policy : new String[] {asked.first(), asked.second()}) {
      if (!policies.names().contains(policy)) {
        throw new IllegalArgumentException(
            "there is no policy \"%s\"; the settings (parley.console.policies) name %s"
                .formatted(policy, policies.names()));
      }
    }
  }

  /** The policies of a form: none, one that answers twice, or two. */
  static Optional<StudyDesign.Policies> policies(String first, String second) {
    return first.isBlank()
        ? Optional.empty()
        : Optional.of(new StudyDesign.Policies(first, second.isBlank() ? first : second));
  }
}
