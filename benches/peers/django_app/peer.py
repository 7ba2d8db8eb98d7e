"""The Django peer: one page of the newest 50 proposals, and one durable ballot.

Reads PEER_DATABASE (made by ../seed.py); run as `gunicorn peer:application`. Django's own cross-site
check, templates with escaping, and ORM; the connection stays open between requests.
"""
import os
import time
from pathlib import Path

from django.conf import settings

HERE = Path(__file__).resolve().parent
settings.configure(
    DEBUG=False,
    SECRET_KEY="a peer in a benchmark keeps no secrets",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [HERE]}],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["PEER_DATABASE"],
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 10,
                "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
            },
        }
    },
)

import django  # noqa: E402

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import IntegrityError, models, transaction  # noqa: E402
from django.http import HttpResponse, HttpResponseRedirect  # noqa: E402
from django.shortcuts import get_object_or_404, render  # noqa: E402
from django.urls import path  # noqa: E402


class Proposal(models.Model):
    number = models.IntegerField(primary_key=True)
    title = models.TextField()
    noticed_on = models.TextField()
    closes_at = models.BigIntegerField()

    class Meta:
        app_label, db_table, managed = "peer", "proposal", False


class Session(models.Model):
    token = models.TextField(primary_key=True)
    member_id = models.BigIntegerField()

    class Meta:
        app_label, db_table, managed = "peer", "session", False


class Ballot(models.Model):
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT)
    member_id = models.BigIntegerField()
    choice = models.TextField()
    cast_at = models.BigIntegerField()

    class Meta:
        app_label, db_table, managed = "peer", "ballot", False


def proposals(request, coop):
    newest = Proposal.objects.order_by("-number")[:50]
    return render(request, "proposals.html", {"coop": coop, "proposals": newest})


def cast(request, coop, number):
    if request.method != "POST":
        return HttpResponse(status=405)
    session = Session.objects.filter(token=request.COOKIES.get("session", "")).first()
    if session is None:
        return HttpResponse("Sign in first.", status=403)
    choice, now = request.POST.get("choice", ""), int(time.time())
    if choice not in ("yes", "no", "abstain"):
        return HttpResponse("Choose yes, no or abstain.", status=422)
    try:
        with transaction.atomic():
            if get_object_or_404(Proposal, pk=number).closes_at <= now:
                return HttpResponse("This vote is closed.", status=403)
            Ballot.objects.create(proposal_id=number, member_id=session.member_id, choice=choice, cast_at=now)
    except IntegrityError:
        return HttpResponse("You have voted already.", status=409)
    return HttpResponseRedirect(f"/c/{coop}/proposals/{number}")


urlpatterns = [
    path("c/<slug:coop>/proposals", proposals),
    path("c/<slug:coop>/proposals/<int:number>/ballot", cast),
]
application = get_wsgi_application()
