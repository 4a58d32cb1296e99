// SPDX-License-Identifier: GPL-2.0
/*
 * What is still wanted of a stream: chunks that the slot holds already, or that
 * can be copied from the slot that runs, need not come. Looks at the media by
 * digest, keeps nothing beyond the session, writes nothing.
 */

#include <linux/sched/signal.h>

#include "kota_private.h"

/* Is this chunk in that slot, at its place? What can't be read is not. */
static bool holds(const struct kota_job *job, unsigned int slot, u32 chunk,
		  u8 *buf)
{
	const struct kota_chunk *entry =
		kota_table_entry(job->table, job->shape, chunk);
	u8 found[KOTA_DIGEST_LEN];

	return !kota_target_peek(job->target, slot,
				 (u64)chunk << job->image->log2_chunk, buf,
				 kota_manifest_chunk_len(job->image, chunk)) &&
	       !kota_chunk_compare(job->digest, job->image, entry, chunk, buf,
				   found);
}

/**
 * kota_need_group() - how many chunks are kept or replaced together
 * @job: the image
 *
 * Return: the chunks of a unit of the slot, 1 where a chunk has several units, 0
 * when neither divides the other, so that nothing can be kept.
 */
u32 kota_need_group(const struct kota_job *job)
{
	u32 unit = job->target->unit[job->slot];
	u32 chunk_len = 1U << job->image->log2_chunk;

	if (!unit)
		return 0;
	if (!(chunk_len % unit))
		return 1;
	return unit % chunk_len ? 0 : unit / chunk_len;
}

/* What lies behind the image in its last unit has to be blank: not to be kept. */
static bool is_ragged(const struct kota_job *job, u32 end)
{
	u64 size = le64_to_cpu(job->image->size);
	u32 rest;

	div_u64_rem(size, job->target->unit[job->slot], &rest);
	return rest && ((u64)end << job->image->log2_chunk) > size;
}

/*
 * Which unit was being written when power went is not known, but what was behind it
 * was not written yet: so a group is kept only before another one that is right.
 */
static void drop_last_kept(struct kota_job *job, u32 group)
{
	u32 nr = job->shape->nr_chunks, start;

	for (start = group; start < nr; start += group)
		if (start + group >= nr ||
		    job->plan[start + group] != KOTA_SOURCE_KEEP)
			memset(job->plan + start, KOTA_SOURCE_STREAM,
			       min(group, nr - start));
}

/* The first group has the unit that is written last, and is always wanted. */
static int scan_kept(struct kota_job *job, u8 *buf)
{
	u32 group = kota_need_group(job), start, i;

	if (!group)
		return 0;
	for (start = group; start < job->shape->nr_chunks; start += group) {
		u32 end = start + group;

		if (is_ragged(job, end))
			break;
		for (i = start; i < end && holds(job, job->slot, i, buf); i++)
			;
		if (i == end)
			memset(job->plan + start, KOTA_SOURCE_KEEP, group);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	if (job->target->ops->fades && !job->target->sound[job->slot])
		drop_last_kept(job, group);
	return 0;
}

static int scan_copied(struct kota_job *job, u8 *buf)
{
	u32 i;

	for (i = 0; i < job->shape->nr_chunks; i++) {
		if (job->plan[i] == KOTA_SOURCE_STREAM &&
		    holds(job, !job->slot, i, buf))
			job->plan[i] = KOTA_SOURCE_COPY;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/**
 * kota_need_scan() - find out which chunks of an image need not come
 * @job: the image; gets its plan
 * @keep: what the slot holds may stay there
 * @buf: memory for one chunk
 *
 * Context: may sleep, and does so for as long as it takes to read both slots.
 * Return: 0; -ENOMEM; -EINTR when a fatal signal is pending.
 */
int kota_need_scan(struct kota_job *job, bool keep, u8 *buf)
{
	int err = 0;

	kvfree(job->plan);
	job->plan = kvzalloc(job->shape->nr_chunks, GFP_KERNEL);
	if (!job->plan)
		return -ENOMEM;
	if (keep)
		err = scan_kept(job, buf);
	return err ?: scan_copied(job, buf);
}

static bool is_wanted(const struct kota_job *jobs, const struct kota_need *at)
{
	const struct kota_job *job = &jobs[at->image];

	return !job->plan || job->plan[at->chunk] == KOTA_SOURCE_STREAM;
}

/* Past the frame of one chunk. */
static void pass_frame(const struct kota_job *jobs, struct kota_need *at)
{
	const struct kota_job *job = &jobs[at->image];
	const struct kota_chunk *entry =
		kota_table_entry(job->table, job->shape, at->chunk);

	at->pos += sizeof(struct kota_frame) + KOTA_TAG_LEN +
		   le32_to_cpu(entry->stored_len);
	if (++at->chunk == job->shape->nr_chunks) {
		at->chunk = 0;
		at->image++;
	}
}

/**
 * kota_need_next() - the next range of frames that are wanted
 * @jobs: the images
 * @nr_jobs: how many
 * @at: where to go on from; behind the range afterwards
 * @range: the range, as long as can be
 *
 * END is always wanted, and in the last range.
 *
 * Return: whether there is one.
 */
bool kota_need_next(const struct kota_job *jobs, unsigned int nr_jobs,
		    struct kota_need *at, struct kota_range *range)
{
	if (at->image > nr_jobs)
		return false;
	while (at->image < nr_jobs && !is_wanted(jobs, at))
		pass_frame(jobs, at);
	range->pos = at->pos;
	while (at->image < nr_jobs && is_wanted(jobs, at))
		pass_frame(jobs, at);
	if (at->image == nr_jobs) {
		at->pos += sizeof(struct kota_frame);
		at->image++;
	}
	range->len = at->pos - range->pos;
	return true;
}

/**
 * kota_need_sum() - bytes of the frames that are wanted
 * @jobs: the images
 * @nr_jobs: how many
 *
 * Return: all of them together, END included; of the whole section as long as
 * there is no plan.
 */
u64 kota_need_sum(const struct kota_job *jobs, unsigned int nr_jobs)
{
	struct kota_need at = {};
	struct kota_range range;
	u64 sum = 0;

	while (kota_need_next(jobs, nr_jobs, &at, &range))
		sum += range.len;
	return sum;
}

/**
 * kota_need_attempt() - count an attempt at a deliverable, before the first erase
 * @attempts: what the record has; counted up
 * @sequence: of the deliverable
 * @wanted: bytes of the frames that are still wanted
 * @why: cause of a refusal
 *
 * The count begins anew with a higher sequence number than any before, and when
 * less is wanted than ever before. With any other deliverable it goes on: of two
 * in turn, neither would ever be tried too often.
 *
 * Return: 0, or the negative errno of the cause ATTEMPTS.
 */
int kota_need_attempt(struct kota_state_attempts *attempts, u64 sequence,
		      u64 wanted, struct kota_refusal *why)
{
	bool later = sequence > le64_to_cpu(attempts->sequence);
	u32 nr = le32_to_cpu(attempts->nr);

	if (later)
		attempts->sequence = cpu_to_le64(sequence);
	if (later || wanted < le64_to_cpu(attempts->wanted)) {
		attempts->wanted = cpu_to_le64(wanted);
		nr = 0;
	}
	if (nr >= KOTA_MAX_ATTEMPTS)
		return kota_refuse(
			why, KOTA_CAUSE_ATTEMPTS,
			"progress within %u attempts|%llu bytes wanted",
			KOTA_MAX_ATTEMPTS, wanted);
	attempts->nr = cpu_to_le32(nr + 1);
	return 0;
}
