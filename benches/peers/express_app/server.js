// The Express peer: one page of the newest 50 proposals, and one durable ballot.
// Reads PEER_DATABASE (made by ../seed.py) and listens on 127.0.0.1:PEER_PORT.
'use strict';
const crypto = require('node:crypto');
const express = require('express');
const cookies = require('cookie-parser');
const Database = require('better-sqlite3');

const db = new Database(process.env.PEER_DATABASE, { fileMustExist: true });
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');

const newest = db.prepare('SELECT number, title, noticed_on FROM proposal ORDER BY number DESC LIMIT 50');
const sessionOf = db.prepare('SELECT member_id, csrf FROM session WHERE token = ?');
const closing = db.prepare('SELECT closes_at FROM proposal WHERE number = ?');
const record = db.prepare('INSERT INTO ballot (proposal_id, member_id, choice, cast_at) VALUES (?, ?, ?, ?)');

const cast = db.transaction((number, member, choice, now) => {
  const proposal = closing.get(number);
  if (!proposal) return 404;
  if (proposal.closes_at <= now) return 403;
  record.run(number, member, choice, now);
  return 302;
}).immediate;

const same = (a, b) => a.length === b.length && crypto.timingSafeEqual(Buffer.from(a), Buffer.from(b));

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.set('view engine', 'ejs');
app.set('views', __dirname);
app.set('view cache', true);

app.get('/c/:coop/proposals', (request, response) => {
  response.render('proposals', { coop: request.params.coop, proposals: newest.all() });
});

app.post('/c/:coop/proposals/:number/ballot', cookies(), express.urlencoded({ extended: false }), (request, response) => {
  const { coop, number } = request.params;
  const session = sessionOf.get(request.cookies.session ?? '');
  const { csrf = '', choice } = request.body ?? {};
  if (!session || !same(csrf, session.csrf)) return response.status(403).send('Sign in first.');
  if (!['yes', 'no', 'abstain'].includes(choice)) return response.status(422).send('Choose yes, no or abstain.');
  try {
    const status = cast(Number(number), session.member_id, choice, Math.floor(Date.now() / 1000));
    if (status !== 302) return response.sendStatus(status);
  } catch (error) {
    if (error.code === 'SQLITE_CONSTRAINT_UNIQUE') return response.status(409).send('You have voted already.');
    throw error;
  }
  response.redirect(`/c/${coop}/proposals/${number}`);
});

app.listen(Number(process.env.PEER_PORT), '127.0.0.1');
