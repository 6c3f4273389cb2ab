package dev.parley.console.study;

/** There is a study of this name. */
public class NameTakenException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient Study study;

  /** For the study that has the name. */
  public NameTakenException(Study study) {
    super("there is a study \"%s\" already; expected another name".formatted(study.name()));
    this.study = study;
  }

  /** Who has the name. */
  public Study study() {
    return study;
  }
}
