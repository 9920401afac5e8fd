"""What the committee was given, said, voted and signed is never edited; nobody partial votes."""

from django.db import migrations

from ratings_site.audit.append_only import refuse_changes, refuse_insert

# A vote counts only in an open round, from a member called to the case, on the package of the
# round, and never from whoever prepared it.
REFUSED_VOTE = """
NOT EXISTS (
  SELECT 1 FROM committee_votinground r
  JOIN committee_package p ON p.id = r.package_id
  JOIN committee_seat s ON s.case_id = r.case_id
  WHERE r.id = NEW.round_id AND r.status = 'open' AND s.user_id = NEW.member_id
    AND p.prepared_by_id <> NEW.member_id AND p.sha256 = NEW.package_sha256
)
"""


class Migration(migrations.Migration):
    dependencies = [("committee", "0001_open_the_committee")]

    operations = [
        refuse_changes("committee_ratingcase", when="status IN ('signed', 'returned')"),
        refuse_changes("committee_seat"),
        refuse_changes("committee_declaration"),
        refuse_changes("committee_package"),
        refuse_changes("committee_question"),
        refuse_changes("committee_answer"),
        refuse_changes("committee_votinground", when="status = 'closed'"),
        refuse_changes("committee_vote"),
        refuse_insert("committee_vote", when=REFUSED_VOTE),
        refuse_changes("committee_signingorder", when="used_at IS NOT NULL"),
        refuse_changes("committee_signature"),
        refuse_changes("committee_ratingaction"),
        refuse_changes("committee_document", when="sha256 <> ''"),
    ]
