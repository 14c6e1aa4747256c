"""Keep every version of an article, and find its sections by a full-text index.

Revision ID: 0004
Revises: 0003
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_WORDS = ("title_keys", "keyword_keys", "body_words")
_NAMED = ", ".join(_WORDS)


def upgrade() -> None:
    """Make the new tables; what the old one says becomes the first version, and stays live."""
    kept = op.get_bind().execute(sa.text("SELECT * FROM shop_article")).mappings().all()
    op.drop_table("shop_article")
    articles, versions, texts, releases = _make_articles()
    now = datetime.now(UTC)
    slugs: dict[str, sa.RowMapping] = {}
    for row in kept:
        slugs.setdefault(row["slug"], row)
    if slugs:
        op.bulk_insert(articles, [{"slug": slug, "latest": 1, "live": 1} for slug in slugs])
        op.bulk_insert(
            versions,
            [
                {
                    "slug": slug,
                    "version": 1,
                    "topic": row["topic"],
                    "position": row["position"],
                    "reviewed": False,
                    "saved_at": now,
                }
                for slug, row in slugs.items()
            ],
        )
        named = ("slug", "language", "title", "keywords", "body")
        op.bulk_insert(texts, [{"version": 1} | {key: row[key] for key in named} for row in kept])
        op.bulk_insert(
            releases, [{"slug": slug, "number": 1, "version": 1, "at": now} for slug in slugs]
        )
    _make_passages()


def _make_articles() -> tuple[sa.Table, sa.Table, sa.Table, sa.Table]:
    articles = op.create_table(
        "shop_article",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("live", sa.Integer()),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_shop_article")),
    )
    versions = op.create_table(
        "shop_article_version",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reviewed", sa.Boolean(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by_id", sa.Text()),
        sa.Column("saved_by", sa.Text()),
        sa.Column("restored_from", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["slug"], ["shop_article.slug"], name=op.f("fk_shop_article_version_slug")
        ),
        sa.PrimaryKeyConstraint("slug", "version", name=op.f("pk_shop_article_version")),
    )
    texts = op.create_table(
        "shop_article_text",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("keywords", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint("language IN ('tr', 'en')", name=op.f("ck_shop_article_text_language")),
        sa.ForeignKeyConstraint(
            ["slug", "version"],
            ["shop_article_version.slug", "shop_article_version.version"],
            name=op.f("fk_shop_article_text_slug"),
        ),
        sa.PrimaryKeyConstraint("slug", "version", "language", name=op.f("pk_shop_article_text")),
    )
    releases = op.create_table(
        "shop_article_release",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Text()),
        sa.Column("by", sa.Text()),
        sa.ForeignKeyConstraint(
            ["slug"], ["shop_article.slug"], name=op.f("fk_shop_article_release_slug")
        ),
        sa.PrimaryKeyConstraint("slug", "number", name=op.f("pk_shop_article_release")),
    )
    return articles, versions, texts, releases


def _make_passages() -> None:
    op.create_table(
        "shop_passage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("written_in", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("article_position", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sections", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("heading", sa.Text()),
        sa.Column("keywords", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _WORDS),
        sa.ForeignKeyConstraint(["slug"], ["shop_article.slug"], name=op.f("fk_shop_passage_slug")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_passage")),
        sa.UniqueConstraint(
            "slug", "language", "position", name=op.f("uq_shop_passage_slug_language_position")
        ),
    )
    op.create_index("ix_shop_passage_language_topic", "shop_passage", ["language", "topic"])
    if op.get_bind().dialect.name == "sqlite":
        _index_on_sqlite()
    else:
        _index_on_postgresql()


def _index_on_sqlite() -> None:
    """An FTS5 table that keeps no copy of the words, and follows shop_passage."""
    op.execute(
        f"CREATE VIRTUAL TABLE shop_passage_fts USING fts5("
        f"{_NAMED}, content='shop_passage', content_rowid='id', tokenize='ascii')"
    )
    new, old = (", ".join(f"{row}.{name}" for name in _WORDS) for row in ("new", "old"))
    add = f"INSERT INTO shop_passage_fts(rowid, {_NAMED}) VALUES (new.id, {new});"
    remove = (
        f"INSERT INTO shop_passage_fts(shop_passage_fts, rowid, {_NAMED})"
        f" VALUES ('delete', old.id, {old});"
    )
    for name, when, what in (
        ("insert", "AFTER INSERT", add),
        ("delete", "AFTER DELETE", remove),
        ("update", "AFTER UPDATE", f"{remove} {add}"),
    ):
        op.execute(f"CREATE TRIGGER shop_passage_{name} {when} ON shop_passage BEGIN {what} END")


def _index_on_postgresql() -> None:
    """A column the database writes itself, and an inverted index over it."""
    weighed = " || ".join(
        f"setweight(to_tsvector('simple', {name}), '{weight}')"
        for name, weight in zip(_WORDS, "ABD", strict=True)
    )
    op.execute(
        f"ALTER TABLE shop_passage ADD COLUMN search tsvector"
        f" GENERATED ALWAYS AS ({weighed}) STORED"
    )
    op.execute("CREATE INDEX ix_shop_passage_search ON shop_passage USING gin (search)")


def downgrade() -> None:
    """What is live, in one table again; drafts and earlier versions are gone."""
    bind = op.get_bind()
    kept = bind.execute(
        sa.text(
            "SELECT t.slug, t.language, v.topic, v.position, t.title, t.keywords, t.body"
            " FROM shop_article a"
            " JOIN shop_article_version v ON v.slug = a.slug AND v.version = a.live"
            " JOIN shop_article_text t ON t.slug = v.slug AND t.version = v.version"
        )
    )
    rows = [dict(row) for row in kept.mappings()]
    if bind.dialect.name == "sqlite":
        op.execute("DROP TABLE shop_passage_fts")
    for table in (
        "shop_passage",
        "shop_article_release",
        "shop_article_text",
        "shop_article_version",
        "shop_article",
    ):
        op.drop_table(table)
    names = ("slug", "language", "topic", "position", "title", "keywords", "body")
    made = op.create_table(
        "shop_article",
        *(
            sa.Column(name, sa.Integer() if name == "position" else sa.Text(), nullable=False)
            for name in names
        ),
        sa.CheckConstraint("language IN ('tr', 'en')", name=op.f("ck_shop_article_language")),
        sa.PrimaryKeyConstraint("slug", "language", name=op.f("pk_shop_article")),
    )
    if rows:
        op.bulk_insert(made, rows)
