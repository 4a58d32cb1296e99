// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/kota: takes bytes from the writer, once, straight into the memory where
 * they are judged, and tells him which are still wanted. The only code that copies
 * from or to user space.
 */

#include <linux/fs.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "kota_private.h"

/* So much of the writer's memory is made present at once. */
#define PRESENT_LEN SZ_64K

static int dev_open(struct inode *inode, struct file *file)
{
	struct kota *kota = container_of(file->private_data, struct kota, misc);
	struct kota_session *s;

	/* Who reads only has nothing to ask for. */
	if (!(file->f_mode & FMODE_WRITE))
		return -EACCES;
	s = kota_session_open(kota);
	if (IS_ERR(s))
		return PTR_ERR(s);
	file->private_data = s;
	return stream_open(inode, file);
}

/*
 * A writer that stops in the middle has got no verdict; close(2) tells it so.
 * Says it only: this may be one of several descriptors of the stream.
 */
static int dev_flush(struct file *file, fl_owner_t id)
{
	struct kota_session *s = file->private_data;
	bool open_ended = false;

	/* Not entered: who writes at the same time is not to be told that he is two. */
	if (kota_session_trylock(s)) {
		open_ended = kota_session_is_open_ended(s);
		kota_session_unlock(s);
	}
	return open_ended ? -EPIPE : 0;
}

static int dev_release(struct inode *inode, struct file *file)
{
	kota_session_close(file->private_data);
	return 0;
}

/*
 * Bytes that are present, into the window: no fault is waited for. A processor that
 * loads many before it stores the first copies none where a page is missing behind
 * them; what is present has one byte, at least.
 */
static size_t copy_present(u8 *window, const char __user *ubuf, size_t len)
{
	size_t left;

	pagefault_disable();
	left = copy_from_user(window, ubuf, len);
	if (left == len) {
		len = 1;
		left = copy_from_user(window, ubuf, len);
	}
	pagefault_enable();
	return len - left;
}

/* Returns how many bytes there were, or the verdict. */
static ssize_t fill_window(struct kota_session *s, const char __user *ubuf,
			   size_t count)
{
	u8 *window;
	size_t len;
	int err;

	window = kota_session_window(s, &len);
	if (IS_ERR(window))
		return PTR_ERR(window);
	len = copy_present(window, ubuf, min(len, count));
	if (!len)
		return 0;
	err = kota_session_push(s, len, count > len);
	return err ?: len;
}

/*
 * One window of the stream. The writer's memory may take its time, or never come:
 * that is waited for outside of the lock. Returns the bytes taken, which are none
 * when they went away again; -EFAULT when there is no such memory; the verdict.
 */
static ssize_t take_bytes(struct kota_session *s, const char __user *ubuf,
			  size_t count)
{
	size_t present_len = min_t(size_t, count, PRESENT_LEN);
	ssize_t ret;

	if (fault_in_readable(ubuf, present_len) == present_len)
		return -EFAULT;
	ret = kota_session_lock(s);
	if (ret)
		return ret;
	ret = fill_window(s, ubuf, count);
	kota_session_unlock(s);
	return ret;
}

/*
 * A refusal is reported at once, whatever part of the buffer was taken before:
 * the writer has to see it, and every further write gets it again.
 */
static ssize_t dev_write(struct file *file, const char __user *ubuf,
			 size_t count, loff_t *ppos)
{
	struct kota_session *s = file->private_data;
	size_t done = 0;
	ssize_t ret = 0;

	/* Two writers at once would mix their bytes. */
	if (!kota_session_enter(s))
		return -EBUSY;
	while (done < count && ret >= 0) {
		if (fatal_signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		ret = take_bytes(s, ubuf + done, count - done);
		if (ret > 0)
			done += ret;
		cond_resched();
	}
	kota_session_leave(s);
	if (done && (ret == -EFAULT || ret == -EINTR))
		return done;
	return ret < 0 ? ret : done;
}

/* The next range, told; 1, 0 when there are no more, or why not. */
static int tell_range(struct kota_session *s, char __user *ubuf)
{
	struct kota_range range;
	int ret = kota_session_lock(s);

	if (ret)
		return ret;
	ret = kota_session_need(s, &range);
	kota_session_unlock(s);
	if (ret <= 0)
		return ret;
	/* The reader's memory, like a writer's: not under the lock. */
	if (copy_to_user(ubuf, &range, sizeof(range)))
		return -EFAULT;
	ret = kota_session_lock(s);
	if (ret)
		return ret;
	kota_session_needed(s);
	kota_session_unlock(s);
	return 1;
}

/* Whole ranges only; what could not be copied out is given again. */
static ssize_t dev_read(struct file *file, char __user *ubuf, size_t count,
			loff_t *ppos)
{
	struct kota_session *s = file->private_data;
	size_t done = 0;
	int ret = 1;

	if (count && count < sizeof(struct kota_range))
		return -EINVAL;
	if (!kota_session_enter(s))
		return -EBUSY;
	while (ret > 0 && count - done >= sizeof(struct kota_range)) {
		ret = tell_range(s, ubuf + done);
		if (ret > 0)
			done += sizeof(struct kota_range);
	}
	kota_session_leave(s);
	return ret < 0 && !done ? ret : done;
}

static const struct file_operations dev_fops = {
	.owner = THIS_MODULE,
	.open = dev_open,
	.release = dev_release,
	.read = dev_read,
	.write = dev_write,
	.flush = dev_flush,
	.llseek = noop_llseek,
};

/**
 * kota_dev_open() - make /dev/kota
 * @kota: the device, ready for deliverables
 *
 * Context: may sleep.
 * Return: 0 or -errno.
 */
int kota_dev_open(struct kota *kota)
{
	kota->misc = (struct miscdevice){
		.minor = MISC_DYNAMIC_MINOR,
		.name = "kota",
		.fops = &dev_fops,
		.parent = kota->dev,
		.mode = 0600,
	};
	return misc_register(&kota->misc);
}

/**
 * kota_dev_close() - take /dev/kota away
 * @kota: the device
 */
void kota_dev_close(struct kota *kota)
{
	misc_deregister(&kota->misc);
}
