-- A question put to people: which answers are compared, by how many, and how.
create table study (
  id           bigint generated always as identity primary key,
  name         text        not null unique,
  instructions text        not null,
  overlap      integer     not null check (overlap between 1 and 100),
  ties         boolean     not null,
  graded       boolean     not null,
  open         boolean     not null default true,
  -- Policies that are asked for the answers; null if the answers were given.
  first_policy  text,
  second_policy text,
  created_at   timestamptz not null default now()
);

-- Two answers to one prompt, in the order of the file. Turns are [{"role": …, "content": …}, …].
create table pair (
  id            bigint generated always as identity primary key,
  study_id      bigint  not null references study on delete cascade,
  position      integer not null,
  question_id   text    not null,
  prompt        jsonb   not null,
  -- Null until a policy has answered.
  first_answer  jsonb,
  second_answer jsonb,
  first_model   text,
  second_model  text,
  -- Verdicts that say which answer is better, or neither.
  judged        integer not null default 0,
  -- Shown to nobody since somebody reported a problem.
  withheld      boolean not null default false,
  unique (study_id, position)
);

-- A pair in front of a person. While the lease lasts, or once it is judged, it takes one of the pair's places.
create table assignment (
  id           bigint generated always as identity primary key,
  pair_id      bigint      not null references pair on delete cascade,
  annotator    text        not null,
  -- Drawn for each person, so that a liking for one side favours no model.
  first_left   boolean     not null,
  shown_at     timestamptz not null default now(),
  leased_until timestamptz not null,
  unique (pair_id, annotator)
);

create index assignment_annotator on assignment (annotator);

-- What a person said; its id is that of the event. Sides are those of the pair, not of the page.
create table verdict (
  id            uuid primary key,
  assignment_id bigint      not null unique references assignment on delete cascade,
  choice        text        not null check (choice in ('FIRST', 'SECOND', 'SAME', 'BOTH_BAD', 'SKIP', 'PROBLEM')),
  strength      text        check (strength in ('SLIGHTLY', 'MUCH')),
  reason        text        not null default '',
  seconds       double precision not null check (seconds >= 0),
  given_at      timestamptz not null default now()
);

-- Events for Kafka, written in the transaction of their verdict.
create table outbox (
  id         bigint generated always as identity primary key,
  verdict_id uuid        not null unique references verdict on delete cascade,
  study      text        not null,
  event      bytea       not null,
  -- Until then the verdict can be undone, and the event is held back.
  due_at     timestamptz not null,
  sent_at    timestamptz
);

create index outbox_waiting on outbox (due_at, id) where sent_at is null;
