// SPDX-License-Identifier: GPL-2.0
/*
 * What a session has got of its stream, given up and wiped: at its verdict, good or
 * bad, when its writer is gone, when the device goes. No secret outlives that,
 * though the file may stay open for ever.
 */

#include "kota_private.h"

static void wipe_job(struct kota_job *job)
{
	kota_aead_close(&job->aead);
	kota_digest_close(job->digest);
	kvfree(job->plan);
	/* What a digest is of may be guessed: a table is a secret. */
	if (job->table)
		kvfree_sensitive(job->table, job->shape->table_len);
	job->digest = NULL;
	job->plan = NULL;
	job->table = NULL;
	job->shape = NULL;
}

/**
 * kota_stream_wipe() - give up what is secret, and all that no more bytes need
 * @s: the session, locked or closing; nothing happens the second time
 *
 * What stays is what a refusal has to undo: the manifest, and which slots it is of.
 *
 * Context: may sleep.
 */
void kota_stream_wipe(struct kota_session *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_jobs; i++)
		wipe_job(&s->jobs[i]);
	kota_unpack_close(&s->unpack);
	if (s->spare)
		kvfree_sensitive(s->spare, s->spare_len);
	s->spare = NULL;
	/* Last: it has the shapes. */
	kota_parse_end(&s->parser);
	memzero_explicit(s->cek, sizeof(s->cek));
}

/**
 * kota_stream_end() - give up what the session has of its stream
 * @s: the session, locked or closing; nothing happens the second time
 *
 * Context: may sleep.
 */
void kota_stream_end(struct kota_session *s)
{
	kota_stream_wipe(s);
	kfree(s->copies);
	kfree(s->jobs);
	kfree(s->manifest);
	s->copies = NULL;
	s->jobs = NULL;
	s->manifest = NULL;
	s->nr_copies = 0;
	s->nr_jobs = 0;
	s->authentic = false;
}
